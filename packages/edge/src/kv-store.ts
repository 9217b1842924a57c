import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import { assertMethods, assertSeconds } from "./assert-options.ts";

/** The part of a Workers KV namespace that is used: any binding has it. */
export interface KvNamespace {
  get(key: string, options: { readonly type: "text"; cacheTtl?: number }): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl?: number }): Promise<void>;
}

/** Options of {@link kvStore}. */
export interface KvStoreOptions {
  /**
   * Seconds for which KV keeps a document that is not written again; at least 60.
   * @defaultValue for ever, so that it outlives any outage of the API
   */
  readonly ttlSeconds?: number | undefined;
  /**
   * Seconds for which a data centre answers by what it read last; at least 30.
   * @defaultValue KV's own, 60
   */
  readonly cacheTtlSeconds?: number | undefined;
}

/**
 * Keeps the environment document in Workers KV, for all isolates of all data centres.
 *
 * KV is eventually consistent: another data centre sees a change after `cacheTtlSeconds` or a little later.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for what is no namespace, and for times that KV would refuse.
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
  const reading = { type: "text", ...(cacheTtlSeconds && { cacheTtl: cacheTtlSeconds }) } as const;
  const writing = ttlSeconds === undefined ? {} : { expirationTtl: ttlSeconds };
  return {
    getItem: (key) => namespace.get(key, reading),
    setItem: (key, value) => namespace.put(key, value, writing),
  };
}
