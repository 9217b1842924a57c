/**
 * Flagsmith feature flags on every JavaScript runtime. The runtime's export condition selects the adapter.
 *
 * @module
 */
import { Flagsmith as CoreFlagsmith, type FlagsmithOptions } from "@flagsmith-isomorphic/core";

/**
 * The Flagsmith client. Create one per environment at module scope and keep it: the constructor starts nothing.
 *
 * On Node.js, Bun and Deno the environment document is refreshed by a timer. In an isolate a request refreshes it
 * after one interval. With `forRequest(ctx)` the refresh continues after the response, in `ctx.waitUntil`.
 *
 * Options and exports of one runtime are in `flagsmith-isomorphic/node`, `/edge` and `/deno`.
 *
 * @example
 * const flagsmith = new Flagsmith({ environmentKey: "your-environment-key" });
 * const flags = await flagsmith.getIdentityFlags("user-42");
 * flags.isFeatureEnabled("new_checkout");
 */
export declare class Flagsmith extends CoreFlagsmith {
  /**
   * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`; the message names the option. `WRONG_RUNTIME` in a
   * browser or a React Native app.
   */
  constructor(options: FlagsmithOptions);
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
