import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import { assertMethods } from "./assert-options.ts";

/** The part of a Vercel Edge Config client that the store uses. */
export interface EdgeConfig {
  get(key: string): Promise<unknown>;
}

/**
 * Reads the environment document from Vercel Edge Config. The store is read-only: write the result of
 * `toStorageRecord` through Vercel's API.
 *
 * @param edgeConfig - the result of `createClient` of `@vercel/edge-config`, or that module itself
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` if `edgeConfig` has no `get`.
 *
 * @example
 * import { createClient } from "@vercel/edge-config";
 * const storage = edgeConfigStore(createClient(process.env.EDGE_CONFIG));
 */
export function edgeConfigStore(edgeConfig: EdgeConfig): FlagsmithStorage {
  assertMethods("edgeConfig", edgeConfig, { names: ["get"], kind: "a Vercel Edge Config client" });
  return { getItem: (key) => edgeConfig.get(key) };
}
