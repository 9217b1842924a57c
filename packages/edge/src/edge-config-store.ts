import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import { assertMethods } from "./assert-options.ts";

/** The part of a Vercel Edge Config client that is used. */
export interface EdgeConfig {
  get(key: string): Promise<unknown>;
}

/**
 * Reads the environment document from Vercel Edge Config. Clients cannot write there: fill it with what
 * `toStorageRecord` gives, through Vercel's API.
 *
 * @param edgeConfig - what `createClient` of `@vercel/edge-config` gives, or that module itself.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for what is no such client.
 *
 * @example
 * import { createClient } from "@vercel/edge-config";
 * const storage = edgeConfigStore(createClient(process.env.EDGE_CONFIG));
 */
export function edgeConfigStore(edgeConfig: EdgeConfig): FlagsmithStorage {
  assertMethods("edgeConfig", edgeConfig, { names: ["get"], kind: "a Vercel Edge Config client" });
  return { getItem: (key) => edgeConfig.get(key) };
}
