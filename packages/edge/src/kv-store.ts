import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import { assertMethods, assertSeconds } from "./assert-options.ts";

/** The part of a Workers KV namespace that the store uses. */
export interface KvNamespace {
  get(key: string, options: { readonly type: "text"; cacheTtl?: number }): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl?: number }): Promise<void>;
}

/** Options of {@link kvStore}. */
export interface KvStoreOptions {
  /**
   * Seconds until a document expires that has not changed; at least 60.
   * @defaultValue never, so that the document survives any outage of the API
   */
  readonly ttlSeconds?: number | undefined;
  /**
   * Seconds a data centre may serve its cached read (KV's `cacheTtl`); at least 30.
   * @defaultValue KV's default, 60
   */
  readonly cacheTtlSeconds?: number | undefined;
}

/**
 * Stores the environment document in Workers KV, for all isolates in all data centres.
 *
 * KV is eventually consistent: other data centres see a change after about `cacheTtlSeconds`.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` if `namespace` is no KV namespace, or if KV would refuse a time.
 *
 * @example
 * import { env } from "cloudflare:workers";
 * const storage = kvStore(env.FLAGS, { cacheTtlSeconds: 30 });
 */
export function kvStore(
  namespace: KvNamespace,
  { ttlSeconds, cacheTtlSeconds }: KvStoreOptions = {},
): FlagsmithStorage {
  assertMethods("namespace", namespace, { names: ["get", "put"], kind: "a Workers KV namespace" });
  assertSeconds("ttlSeconds", ttlSeconds, 60);
  assertSeconds("cacheTtlSeconds", cacheTtlSeconds, 30);
  const readOptions = {
    type: "text",
    ...(cacheTtlSeconds && { cacheTtl: cacheTtlSeconds }),
  } as const;
  const writeOptions = { ...(ttlSeconds && { expirationTtl: ttlSeconds }) };
  return {
    // Writes are billed, and limited to 1,000 a day on the free plan.
    minRenewalSeconds: 300,
    getItem: (key) => namespace.get(key, readOptions),
    setItem: (key, value) => namespace.put(key, value, writeOptions),
  };
}
