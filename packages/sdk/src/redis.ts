/**
 * A shared store and announcements of changes for fleets, through a client of `redis` or `ioredis`.
 *
 * @module
 */
export * from "@flagsmith-isomorphic/core/redis";
