/**
 * Flagsmith feature flags for Node.js 20+ and Bun.
 *
 * @module
 */
import {
  backgroundDelivery,
  Flagsmith as CoreFlagsmith,
  type FlagsmithOptions as CoreFlagsmithOptions,
  type Modules,
} from "@flagsmith-isomorphic/core";
import { localEvaluation } from "@flagsmith-isomorphic/core/local";
import { realtimeUpdates } from "@flagsmith-isomorphic/core/realtime";
import { type Dispatcher, nodePlatform } from "./node-platform.ts";

/** How a client is set up on Node.js and Bun. */
export interface NodeFlagsmithOptions extends CoreFlagsmithOptions {
  /** An undici 7 dispatcher, e.g. a `ProxyAgent`, for all requests; `INVALID_OPTIONS` on Bun. */
  readonly agent?: Dispatcher | undefined;
}

const modules: Modules = {
  delivery: backgroundDelivery,
  local: localEvaluation,
  realtime: realtimeUpdates,
};

/**
 * The client: one per environment, for as long as the process lives.
 *
 * @example
 * const flagsmith = new Flagsmith({ environmentKey: "your-environment-key" });
 * const flags = await flagsmith.getEnvironmentFlags();
 * flags.isFeatureEnabled("new_checkout");
 */
export class Flagsmith extends CoreFlagsmith {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: NodeFlagsmithOptions) {
    super(options, nodePlatform, modules);
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
export type { Dispatcher } from "./node-platform.ts";
// By the name that the other adapters use too; it wins over the core's, which knows no agent.
export type { NodeFlagsmithOptions as FlagsmithOptions };
