/**
 * Remote evaluation only, on Cloudflare Workers, Vercel Edge and other isolates, at half the bundle size.
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
 * The Flagsmith client for remote evaluation. Create one per environment at module scope. The options
 * `enableLocalEvaluation`, `storage`, `bootstrap`, `changes`, `onEnvironmentChange`, `offlineMode`, `offlineHandler` and
 * `enableRealtimeUpdates` throw.
 */
export class Flagsmith extends CoreFlagsmith {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`; the message names the option. */
  constructor(options: FlagsmithOptions) {
    super(options, edgePlatform, { delivery: isolateDelivery });
  }
}

export * from "@flagsmith-isomorphic/core/adapter";
