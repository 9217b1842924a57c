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
import { isolateEvaluation } from "@flagsmith-isomorphic/core/local";
import { edgePlatform } from "./edge-platform.ts";

/**
 * The client: one per environment, made at module scope, where it does nothing yet.
 *
 * In local evaluation no timer refreshes the document: a request that finds it stale does, after its
 * answer where it has a `waitUntil`. So ask within `forRequest(ctx)`.
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
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: FlagsmithOptions) {
    super(options, edgePlatform, { delivery: isolateDelivery, local: isolateEvaluation });
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
