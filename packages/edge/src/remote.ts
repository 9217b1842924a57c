/**
 * Remote evaluation on Cloudflare Workers, Vercel Edge and other isolates: no engine, no stores.
 *
 * @module
 */
import {
  Flagsmith as CoreFlagsmith,
  type FlagsmithOptions,
  isolateDelivery,
} from "@flagsmith-isomorphic/core";
import { edgePlatform } from "./edge-platform.ts";

/**
 * The client for remote evaluation: one per environment, made at module scope. `enableLocalEvaluation`,
 * `storage`, `onEnvironmentChange`, `offlineMode` and `offlineHandler` are refused.
 */
export class Flagsmith extends CoreFlagsmith {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: FlagsmithOptions) {
    super(options, edgePlatform, { delivery: isolateDelivery });
  }
}

export * from "@flagsmith-isomorphic/core/adapter";
