/**
 * Flagsmith feature flags for Node.js 20+ and Bun.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import {
  backgroundDelivery,
  Flagsmith as CoreFlagsmith,
  type FlagsmithOptions as CoreFlagsmithOptions,
} from "@flagsmith-isomorphic/core";
import { withDiagnostics } from "@flagsmith-isomorphic/core/diagnostics";
import { localEvaluation } from "@flagsmith-isomorphic/core/local";
import { createFleet, DocumentReading, realtimeUpdates } from "@flagsmith-isomorphic/core/realtime";
import { type Dispatcher, nodePlatform } from "./node-platform.ts";
import { createWrongRuntimeError, isWorker } from "./wrong-runtime.ts";

/** Options of {@link Flagsmith} on Node.js and Bun. */
export interface NodeFlagsmithOptions extends CoreFlagsmithOptions {
  /** A dispatcher of undici 6, 7 or 8 for all requests, for instance a `ProxyAgent`. `INVALID_OPTIONS` on Bun. */
  readonly agent?: Dispatcher | undefined;
}

const modules = withDiagnostics(
  {
    delivery: backgroundDelivery,
    local: localEvaluation,
    realtime: realtimeUpdates,
    fleet: createFleet,
    createReading: (parts) =>
      new DocumentReading(parts, (text) => createHash("sha256").update(text).digest("hex")),
  },
  {
    evaluation: channel("flagsmith:evaluation"),
    load: channel("flagsmith:load"),
    delivery: channel("flagsmith:delivery"),
  },
);

/**
 * The Flagsmith client. Create one per environment and keep it for the life of the process.
 *
 * @example
 * const flagsmith = new Flagsmith({ environmentKey: "your-environment-key" });
 * const flags = await flagsmith.getEnvironmentFlags();
 * flags.isFeatureEnabled("new_checkout");
 */
export class Flagsmith extends CoreFlagsmith {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`; the message names the option. `WRONG_RUNTIME` in a Worker. */
  constructor(options: NodeFlagsmithOptions) {
    if (isWorker) throw createWrongRuntimeError();
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
// Replace the types of core, which have no `agent`.
export type { NodeFlagsmithOptions as FlagsmithOptions };

/** Options that a program sets one after another. */
export type FlagsmithConfig = {
  -readonly [Name in keyof NodeFlagsmithOptions]: NodeFlagsmithOptions[Name];
};
