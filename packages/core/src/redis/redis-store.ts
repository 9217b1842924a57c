import { createOptionError } from "../errors.ts";
import type { FlagsmithStorage } from "../options/options.ts";
import {
  assertRedisClient,
  type IoRedisClient,
  isBunRedis,
  isIoRedis,
  type NodeRedisClient,
} from "./redis-clients.ts";

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * Text before each key.
   * @defaultValue `""`
   */
  readonly keyPrefix?: string | undefined;
  /**
   * Seconds until Redis drops a document that the API has not confirmed again; a whole number, at least 60.
   * @defaultValue 604800 (a week)
   */
  readonly ttlSeconds?: number | undefined;
}

/** The end of the keys of leases. Each document has one, which is renewed instead of the document. */
const leaseSuffix = "-lease";

/**
 * Stores the environment document in Redis, for all processes of a fleet. One of them loads the document, and the
 * others read it.
 *
 * The client must be connected, and should fail commands while it is not: `disableOfflineQueue: true` for `redis`,
 * `enableOfflineQueue: false` for `ioredis`. Otherwise each read waits for its timeout during an outage of Redis.
 *
 * @param client - a client of `redis` or `ioredis`, or Bun's own
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for another object or an invalid option.
 *
 * @example
 * import { createClient } from "redis";
 * const storage = redisStore(await createClient({ disableOfflineQueue: true }).connect());
 */
export function redisStore(
  client: NodeRedisClient | IoRedisClient,
  { keyPrefix = "", ttlSeconds = 604_800 }: RedisStoreOptions = {},
): FlagsmithStorage {
  assertRedisClient("client", client, ["get", "set", "expire"]);
  if (typeof keyPrefix !== "string") throw createOptionError("keyPrefix", "must be a string");
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 60) {
    throw createOptionError("ttlSeconds", "must be a whole number of seconds, at least 60");
  }
  // Bun's client has the arguments of ioredis.
  const isPositional = (each: typeof client): each is IoRedisClient =>
    isIoRedis(each) || isBunRedis(each);
  const set = (key: string, value: string, ms: number) =>
    isPositional(client) ? client.set(key, value, "PX", ms) : client.set(key, value, { PX: ms });
  const setIfMissing = (key: string, value: string, ms: number) =>
    isPositional(client)
      ? client.set(key, value, "PX", ms, "NX")
      : client.set(key, value, { PX: ms, NX: true });
  return {
    getItem: async (key) => {
      const value = await client.get(keyPrefix + key);
      // A type mapping of redis may return a Buffer.
      return value instanceof Uint8Array ? String(value) : value;
    },
    setItem: async (key, value) => {
      await set(keyPrefix + key, value, ttlSeconds * 1000);
      // A renewed lease confirms the document, which is not written again.
      if (!key.endsWith(leaseSuffix)) return;
      await client.expire(keyPrefix + key.slice(0, -leaseSuffix.length), ttlSeconds);
    },
    tryAcquire: async (key, seconds) => {
      const ms = Math.max(1, Math.round(seconds * 1000));
      return (await setIfMissing(keyPrefix + key, "1", ms)) !== null;
    },
  };
}
