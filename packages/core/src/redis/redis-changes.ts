import { createOptionError } from "../errors.ts";
import type { EnvironmentChanges } from "../options/options.ts";
import { assertRedisClient, isIoRedis } from "./redis-clients.ts";

/** The part of a client of `redis` or `ioredis` that publishes. */
export interface RedisPublisher {
  publish(channel: string, message: string): Promise<unknown>;
}

/** The part of a client of `redis` (node-redis 4 or later) that subscribes. */
export interface NodeRedisSubscriber {
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
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
    const listener = (message: string) => onChange(message);
    await subscriber.subscribe(channel, listener);
    return () => subscriber.unsubscribe(channel, listener);
  };
}

function createIoRedisSubscribe(
  subscriber: IoRedisSubscriber,
  channel: string,
): EnvironmentChanges["subscribe"] {
  let listeners = 0;
  return async (onChange) => {
    const listener = (from: string, message: string) => {
      if (from === channel) onChange(message);
    };
    listeners += 1;
    subscriber.on("message", listener);
    const unsubscribe = async () => {
      subscriber.off("message", listener);
      listeners -= 1;
      // Other clients of this process may still listen.
      if (listeners === 0) await subscriber.unsubscribe(channel);
    };
    try {
      await subscriber.subscribe(channel);
    } catch (error) {
      await unsubscribe().catch(() => undefined);
      throw error;
    }
    return unsubscribe;
  };
}
