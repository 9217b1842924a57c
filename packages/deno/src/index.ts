/**
 * Flagsmith feature flags for Deno.
 *
 * @module
 */
import {
  backgroundDelivery,
  Flagsmith as CoreFlagsmith,
  type FlagsmithOptions,
  type Modules,
} from "@flagsmith-isomorphic/core";
import { localEvaluation } from "@flagsmith-isomorphic/core/local";
import { realtimeUpdates } from "@flagsmith-isomorphic/core/realtime";
import { denoPlatform } from "./deno-platform.ts";

const modules: Modules = {
  delivery: backgroundDelivery,
  local: localEvaluation,
  realtime: realtimeUpdates,
};

/**
 * The client: one per environment, for as long as the process lives.
 *
 * It needs `--allow-net` for the host of `apiUrl` and of the other URLs in use, and nothing else.
 *
 * @example
 * const flagsmith = new Flagsmith({ environmentKey: "your-environment-key" });
 * const flags = await flagsmith.getEnvironmentFlags();
 * flags.isFeatureEnabled("new_checkout");
 */
export class Flagsmith extends CoreFlagsmith {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: FlagsmithOptions) {
    super(options, denoPlatform, modules);
  }
}

export * from "@flagsmith-isomorphic/core/adapter";
export {
  type StorageItem,
  type StorageRecordOptions,
  signWebhookBody,
  storageKey,
  toStorageRecord,
  verifyWebhookSignature,
} from "@flagsmith-isomorphic/core/local";
export { LocalFileHandler } from "./local-file-handler.ts";
