import type { FlagsmithOptions, OfflineHandler } from "../../src/options/options.ts";
import { documentResponse } from "../fake-environment.ts";
import { fakePlatform, localClient, recordingLogger } from "../fake-platform.ts";

/** An offline client without key and URL. */
export function offline(
  offlineHandler: OfflineHandler | undefined,
  options: Partial<FlagsmithOptions> = {},
) {
  const platform = fakePlatform(() => documentResponse());
  const logger = recordingLogger();
  const flagsmith = localClient(platform, {
    environmentKey: undefined,
    apiUrl: undefined,
    enableLocalEvaluation: undefined,
    offlineMode: true,
    offlineHandler,
    logger,
    ...options,
  });
  const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
  return { platform, clock: platform.clock, flagsmith, logger, value };
}
