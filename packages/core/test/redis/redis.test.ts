import { expect, it, vi } from "vitest";
import { createLeaseKey } from "../../src/environment/storage-record.ts";
import { redisChanges, redisStore } from "../../src/redis/index.ts";
import { allowNoUnhandledRejection, catchError } from "../fake-platform.ts";
import { FakeRedis } from "./fake-redis.ts";

allowNoUnhandledRejection();

const clients = [
  ["redis", (redis: FakeRedis) => redis.createNodeRedis()],
  ["ioredis", (redis: FakeRedis) => redis.createIoRedis()],
] as const;

const storeClients = [...clients, ["Bun", (redis: FakeRedis) => redis.createBunRedis()]] as const;

it.each(storeClients)("stores values with an expiry through %s", async (_name, createClient) => {
  const redis = new FakeRedis();
  const store = redisStore(createClient(redis), { keyPrefix: "flags:", ttlSeconds: 60 });
  expect(await store.getItem("a")).toBeNull();
  await store.setItem?.("a", "text");
  expect(await store.getItem("a")).toBe("text");
  expect([...redis.expiries]).toEqual([["flags:a", 60_000]]);
});

it.each(storeClients)(
  "a renewed lease keeps the document, through %s",
  async (_name, createClient) => {
    const redis = new FakeRedis();
    const store = redisStore(createClient(redis));
    await store.setItem?.("document", "text");
    redis.expiries.clear();
    await store.setItem?.(createLeaseKey("document"), "lease");
    const week = 604_800_000;
    expect(Object.fromEntries(redis.expiries)).toEqual({ document: week, "document-lease": week });
  },
);

it.each(storeClients)("a key can be acquired once through %s", async (_name, createClient) => {
  const redis = new FakeRedis();
  const store = redisStore(createClient(redis));
  expect(await store.tryAcquire?.("claim", 2.5)).toBe(true);
  expect(await store.tryAcquire?.("claim", 2.5)).toBe(false);
  expect(redis.expiries.get("claim")).toBe(2500);
});

it.each(clients)("carries announcements on one channel through %s", async (_name, create) => {
  const redis = new FakeRedis();
  const client = create(redis);
  const changes = redisChanges(client, client, { channel: "flags" });
  const messages: unknown[] = [];
  const unsubscribe = await changes.subscribe((message) => messages.push(message));
  const unsubscribeOther = await changes.subscribe((message) => messages.push(`other ${message}`));
  await changes.publish?.("changed");
  redis.publish("another channel", "noise");
  expect(messages).toEqual(["changed", "other changed"]);
  await unsubscribe();
  await changes.publish?.("again");
  expect(messages.slice(2)).toEqual(["other again"]);
  await unsubscribeOther();
  await changes.publish?.("unheard");
  expect(messages).toHaveLength(3);
});

it("a text in a Buffer is used, as with a type mapping of redis", async () => {
  const redis = new FakeRedis();
  const client = redis.createNodeRedis();
  const store = redisStore({ ...client, get: async () => Buffer.from("text") });
  expect(await store.getItem("a")).toBe("text");
});

it.each(clients)(
  "one of two announcers of a connection ends, through %s",
  async (_name, create) => {
    const redis = new FakeRedis();
    const client = create(redis);
    const messages: unknown[] = [];
    const unsubscribe = await redisChanges(client, client).subscribe(() => undefined);
    await redisChanges(client, client).subscribe((message) => messages.push(message));
    await unsubscribe();
    await redisChanges(client, client).publish?.("changed");
    expect(messages).toEqual(["changed"]);
  },
);

it.each(clients)(
  "an unsubscribe may fail with its connection, through %s",
  async (_name, create) => {
    const client = create(new FakeRedis());
    client.unsubscribe = () => Promise.reject(new Error("Disconnects client"));
    const unsubscribe = await redisChanges(client, client).subscribe(() => undefined);
    expect(await unsubscribe()).toBeUndefined();
  },
);

it("a connection of ioredis ends the subscription of a channel with its last listener", async () => {
  const client = new FakeRedis().createIoRedis();
  const messages: string[] = [];
  const subscribe = (name: string, channel: string) =>
    redisChanges(client, client, { channel }).subscribe((text) => messages.push(`${name} ${text}`));
  const unsubscribes = [
    await subscribe("first", "a"),
    await subscribe("second", "a"),
    await subscribe("third", "b"),
  ];
  await client.publish("a", "changed");
  expect(messages).toEqual(["first changed", "second changed"]);
  const channels: string[][] = [];
  for (const unsubscribe of unsubscribes) {
    await unsubscribe();
    channels.push([...client.channels]);
  }
  expect(channels).toEqual([["a", "b"], ["b"], []]);
  expect(client.handlers.size).toBe(0);
});

it("a subscription that fails leaves no listener on a client of ioredis", async () => {
  const client = new FakeRedis().createIoRedis();
  client.subscribe = () => Promise.reject(new Error("no connection"));
  const changes = redisChanges(client, client);
  await expect(changes.subscribe(() => undefined)).rejects.toThrow("no connection");
  expect(client.handlers.size).toBe(0);
});

function createChanges(channel: string) {
  const client = new FakeRedis().createNodeRedis();
  return redisChanges(client, client, { channel });
}

it.each([
  ["client", () => redisStore(Object(undefined))],
  ["client", () => redisStore(Object({ get: () => null }))],
  ["keyPrefix", () => redisStore(new FakeRedis().createNodeRedis(), { keyPrefix: Object(1) })],
  ["ttlSeconds", () => redisStore(new FakeRedis().createNodeRedis(), { ttlSeconds: 59 })],
  ["ttlSeconds", () => redisStore(new FakeRedis().createNodeRedis(), { ttlSeconds: 60.5 })],
  ["publisher", () => redisChanges(Object({}), new FakeRedis().createNodeRedis())],
  ["subscriber", () => redisChanges(new FakeRedis().createNodeRedis(), Object({}))],
  [
    "subscriber",
    () => redisChanges(new FakeRedis().createNodeRedis(), new FakeRedis().createBunRedis()),
  ],
  ["channel", () => createChanges("")],
  ["channel", () => createChanges(Object(7))],
])("refuses an invalid %s", async (name, create) => {
  const error = await catchError(create);
  expect(error.code).toBe("INVALID_OPTIONS");
  expect(error.message).toContain(`Option ${name} `);
});

it.each([
  ["@valkey/valkey-glide", "invokeScript"],
  ["@upstash/redis", "createScript"],
  ["redis before version 4", "internal_send_command"],
])("refuses a client of %s, whose methods take other arguments", async (library, method) => {
  const client = new FakeRedis().createNodeRedis();
  const other = { ...client, [method]: async () => null };
  for (const [argument, create] of [
    ["client", () => redisStore(other)],
    ["subscriber", () => redisChanges(client, other)],
  ] as const) {
    const error = await catchError(create);
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toContain(`Option ${argument} must be`);
    expect(error.message).toContain(`not one of ${library}`);
  }
});

it("a mock with a function for every name is a client of redis", async () => {
  const set = vi.fn(async () => "OK");
  const get = (_target: object, name: string) => (name === "set" ? set : async () => null);
  const mock = new Proxy({ get: set, set, expire: set, publish: set, subscribe: set }, { get });
  await redisStore(mock as never).setItem?.("key", "value");
  expect(set).toHaveBeenCalledWith("key", "value", { PX: 604_800_000 });
  expect(() => redisChanges(mock as never, mock as never)).not.toThrow();
});

it("a client of @upstash/redis can publish, one of @valkey/valkey-glide cannot", async () => {
  const client = new FakeRedis().createNodeRedis();
  const upstash = { ...client, createScript: () => null };
  expect(() => redisChanges(upstash, client)).not.toThrow();
  const glide = { ...client, invokeScript: () => null };
  const error = await catchError(() => redisChanges(glide, client));
  expect(error.message).toContain("Option publisher must be");
});
