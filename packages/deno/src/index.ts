/**
 * Flagsmith feature flags for Deno.
 *
 * @module
 */
import {
  backgroundDelivery,
  Flagsmith as CoreFlagsmith,
  type FlagsmithOptions,
} from "@flagsmith-isomorphic/core";
import { localEvaluation } from "@flagsmith-isomorphic/core/local";
import { createFleet, realtimeUpdates } from "@flagsmith-isomorphic/core/realtime";
import { denoPlatform } from "./deno-platform.ts";

/**
 * The Flagsmith client. Create one per environment and keep it for the life of the process.
 *
 * Requires `--allow-net` for the hosts of `apiUrl` and of the other URLs in use, and no other permission.
 *
 * @example
 * const flagsmith = new Flagsmith({ environmentKey: "your-environment-key" });
 * const flags = await flagsmith.getEnvironmentFlags();
 * flags.isFeatureEnabled("new_checkout");
 */
export class Flagsmith extends CoreFlagsmith {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`; the message names the option. */
  constructor(options: FlagsmithOptions) {
    super(options, denoPlatform, {
      delivery: backgroundDelivery,
      local: localEvaluation,
      realtime: realtimeUpdates,
      fleet: createFleet,
    });
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
