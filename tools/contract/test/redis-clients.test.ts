import { redisChanges, redisStore } from "@flagsmith-isomorphic/core/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster, createSentinel } from "redis";
import { expect, it } from "vitest";

const node = { host: "127.0.0.1", port: 1 };

/** The types matter here as much as the results. No client connects. */
it("clients, clusters and sentinels of both libraries are accepted", () => {
  const client = createClient();
  const cluster = createCluster({ rootNodes: [] });
  const sentinel = createSentinel({ name: "flags", sentinelRootNodes: [node] });
  const ioRedis = new Redis({ lazyConnect: true });
  const ioCluster = new Cluster([node], { lazyConnect: true });
  const stores = [client, cluster, sentinel, ioRedis, ioCluster].map((each) => redisStore(each));
  const changes = [
    redisChanges(client, client),
    redisChanges(cluster, cluster),
    redisChanges(sentinel, sentinel),
    redisChanges(ioRedis, ioRedis),
    redisChanges(ioCluster, ioCluster),
  ];
  expect([stores.length, changes.length]).toEqual([5, 5]);
});
