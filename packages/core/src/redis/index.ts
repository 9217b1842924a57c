/**
 * A shared store and announcements of changes for fleets, through a client of `redis` or `ioredis`.
 *
 * @module
 */
export type { EnvironmentChanges, FlagsmithStorage } from "../options/options.ts";
export {
  type IoRedisSubscriber,
  type NodeRedisSubscriber,
  type RedisChangesOptions,
  type RedisPublisher,
  redisChanges,
} from "./redis-changes.ts";
export type { IoRedisClient, NodeRedisClient } from "./redis-clients.ts";
export { type RedisStoreOptions, redisStore } from "./redis-store.ts";
