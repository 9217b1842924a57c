import { Flagsmith, type FlagsmithOptions } from "@flagsmith-isomorphic/node";
import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import { type Client, type Logger, OpenFeature } from "@openfeature/server-sdk";
import { onTestFinished } from "vitest";
import { FlagsmithProvider, type FlagsmithProviderOptions } from "../../src/index.ts";
import { document } from "./environment.ts";

/** A provider that is registered in the SDK. */
interface Registered {
  readonly api: FlagsmithApi;
  readonly flagsmith: Flagsmith;
  readonly provider: FlagsmithProvider;
  /** A client of the SDK. */
  readonly client: Client;
  /** The domain of the provider. */
  readonly domain: string;
  /** The debug messages of the SDK's logger. */
  readonly debugMessages: readonly string[];
}

let domains = 0;

/** Creates a Flagsmith client for the API. Local evaluation unless the options differ. */
export function createClient(
  api: FlagsmithApi,
  options: Partial<FlagsmithOptions> = {},
): Flagsmith {
  const flagsmith = new Flagsmith({
    environmentKey: api.environmentKey,
    fetch: api.fetch,
    enableLocalEvaluation: true,
    retries: 0,
    logger: { warn: () => undefined, error: () => undefined },
    ...options,
  });
  onTestFinished(() => flagsmith.close());
  return flagsmith;
}

/**
 * Registers a provider for a domain of its own, and waits for its initialization, which may fail.
 *
 * @param prepare - prepares the API before the initialization.
 */
export async function register(
  settings: {
    readonly client?: Partial<FlagsmithOptions>;
    readonly provider?: FlagsmithProviderOptions;
    readonly prepare?: (api: FlagsmithApi, flagsmith: Flagsmith) => void | Promise<void>;
  } = {},
): Promise<Registered> {
  const api = createFlagsmithApi({ document, events: true });
  const flagsmith = createClient(api, settings.client);
  const provider = new FlagsmithProvider(flagsmith, settings.provider);
  await settings.prepare?.(api, flagsmith);
  domains += 1;
  const domain = `domain-${domains}`;
  await OpenFeature.setProviderAndWait(domain, provider).catch(() => undefined);
  onTestFinished(() => provider.onClose());
  const debugMessages: string[] = [];
  const client = OpenFeature.getClient(domain).setLogger(createLogger(debugMessages));
  return { api, flagsmith, provider, client, domain, debugMessages };
}

function createLogger(debugMessages: string[]): Logger {
  const ignore = () => undefined;
  const debug = (message: string) => void debugMessages.push(message);
  return { debug, info: ignore, warn: ignore, error: ignore };
}
