import { createOptionError } from "../errors.ts";
import type { EnvironmentChanges } from "../options/options.ts";
import { assertRedisClient, isBunRedis, isIoRedis } from "./redis-clients.ts";

/** The part of a client of `redis` or `ioredis` that publishes. */
export interface RedisPublisher {
  publish(channel: string, message: string): Promise<unknown>;
}

/** The part of a client of `redis` (node-redis 4 or later) that subscribes. */
export interface NodeRedisSubscriber {
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  /** The type of the message lets clusters and sentinels match. */
  unsubscribe(channel: string, listener: (message: unknown) => void): Promise<unknown>;
}

/** The part of a client of `ioredis` that subscribes. */
export interface IoRedisSubscriber {
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: "message", listener: (channel: string, message: string) => void): unknown;
  off(event: "message", listener: (channel: string, message: string) => void): unknown;
  /** Sends any command. Only clients of `ioredis` have this method. */
  call(command: string): Promise<unknown>;
}

/** Options of {@link redisChanges}. */
export interface RedisChangesOptions {
  /**
   * The Pub/Sub channel. Environments may share it.
   * @defaultValue `"flagsmith-changes"`
   */
  readonly channel?: string | undefined;
}

/**
 * Announces changes through Redis Pub/Sub, so that all processes read them from the store at once.
 *
 * A connection that subscribes cannot do anything else, so `subscriber` needs its own, for example
 * `publisher.duplicate()`. Both clients reconnect and subscribe again by themselves.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for other objects or an invalid option.
 *
 * @example
 * const subscriber = await client.duplicate().connect();
 * new Flagsmith({ …, storage: redisStore(client), changes: redisChanges(client, subscriber) });
 */
export function redisChanges(
  publisher: RedisPublisher,
  subscriber: NodeRedisSubscriber | IoRedisSubscriber,
  { channel = "flagsmith-changes" }: RedisChangesOptions = {},
): EnvironmentChanges {
  assertRedisClient("publisher", publisher, ["publish"]);
  assertRedisClient("subscriber", subscriber, ["subscribe", "unsubscribe"]);
  if (isBunRedis(subscriber)) {
    const reason = "because Bun's does not subscribe again when it has reconnected";
    throw createOptionError("subscriber", `must be a client of redis or ioredis, ${reason}`);
  }
  if (typeof channel !== "string" || channel === "") {
    throw createOptionError("channel", "must be a non-empty string");
  }
  return {
    publish: (message) => publisher.publish(channel, message),
    subscribe: isIoRedis<IoRedisSubscriber>(subscriber)
      ? createIoRedisSubscribe(subscriber, channel)
      : createNodeRedisSubscribe(subscriber, channel),
  };
}

function createNodeRedisSubscribe(
  subscriber: NodeRedisSubscriber,
  channel: string,
): EnvironmentChanges["subscribe"] {
  return async (onChange) => {
    // Each subscription needs a listener of its own, by which it is removed.
    const listener = (message: unknown) => onChange(String(message));
    await subscriber.subscribe(channel, listener);
    return () => ignoreFailure(subscriber.unsubscribe(channel, listener));
  };
}

/** Counts the listeners of each channel. Several `redisChanges` may share a subscriber. */
const listenerCounts = new WeakMap<IoRedisSubscriber, Map<string, number>>();

function createIoRedisSubscribe(
  subscriber: IoRedisSubscriber,
  channel: string,
): EnvironmentChanges["subscribe"] {
  const counts = listenerCounts.get(subscriber) ?? new Map<string, number>();
  listenerCounts.set(subscriber, counts);
  const count = (change: number) => {
    const listeners = (counts.get(channel) ?? 0) + change;
    counts.set(channel, listeners);
    return listeners;
  };
  return async (onChange) => {
    const listener = (from: string, message: string) => {
      if (from === channel) onChange(message);
    };
    count(1);
    subscriber.on("message", listener);
    const unsubscribe = async () => {
      subscriber.off("message", listener);
      // Other clients of this process may still listen.
      if (count(-1) === 0) await ignoreFailure(subscriber.unsubscribe(channel));
    };
    try {
      await subscriber.subscribe(channel);
    } catch (error) {
      await unsubscribe();
      throw error;
    }
    return unsubscribe;
  };
}

/** The user may close the connection at the same time, which ends the subscription, too. */
async function ignoreFailure(unsubscribing: Promise<unknown>): Promise<void> {
  await unsubscribing.catch(() => undefined);
}
