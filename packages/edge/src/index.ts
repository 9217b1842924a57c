/**
 * Flagsmith feature flags for Cloudflare Workers, Vercel Edge and other isolates.
 *
 * @module
 */
import {
  Flagsmith as CoreFlagsmith,
  type FlagsmithOptions,
  isolateDelivery,
} from "@flagsmith-isomorphic/core";
import { localEvaluation } from "@flagsmith-isomorphic/core/local";
import { edgePlatform } from "./edge-platform.ts";

/**
 * The Flagsmith client. Create one per environment at module scope: the constructor starts nothing.
 *
 * In local evaluation a request refreshes a document that is older than one interval, because isolates have no timers
 * between requests. With `forRequest(ctx)` the refresh continues after the response, in `ctx.waitUntil`.
 *
 * @example
 * const flagsmith = new Flagsmith({ environmentKey: "ser.…", enableLocalEvaluation: true });
 * export default {
 *   async fetch(request, env, ctx) {
 *     const flags = await flagsmith.forRequest(ctx).getIdentityFlags("user-42");
 *     return new Response(String(flags.isFeatureEnabled("new_checkout")));
 *   },
 * };
 */
export class Flagsmith extends CoreFlagsmith {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`; the message names the option. */
  constructor(options: FlagsmithOptions) {
    super(options, edgePlatform, { delivery: isolateDelivery, local: localEvaluation });
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
export { type CacheApiStoreOptions, cacheApiStore } from "./cache-api-store.ts";
export { type EdgeConfig, edgeConfigStore } from "./edge-config-store.ts";
export { type KvNamespace, type KvStoreOptions, kvStore } from "./kv-store.ts";
export {
  createWebhookHandler,
  type WebhookHandler,
  type WebhookHandlerOptions,
} from "./webhook-handler.ts";
