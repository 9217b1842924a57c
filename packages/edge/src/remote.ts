/**
 * Remote evaluation on Cloudflare Workers, Vercel Edge and other isolates, without the engine.
 *
 * @module
 */
import { Flagsmith as CoreFlagsmith, type FlagsmithOptions } from "@flagsmith-isomorphic/core";
import { edgePlatform } from "./edge-platform.ts";

/** The client for remote evaluation: one per environment, made at module scope. */
export class Flagsmith extends CoreFlagsmith {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: FlagsmithOptions) {
    super(options, edgePlatform);
  }
}

export * from "./exports.ts";
