import { createOptionError } from "../errors.ts";

/** The part of a client of `redis` (node-redis 4 or later) that the store uses. */
export interface NodeRedisClient {
  get(key: string): Promise<unknown>;
  set(key: string, value: string, options: { PX: number; NX?: true }): Promise<unknown>;
  expire(key: string, seconds: number): Promise<unknown>;
}

/** The part of a client of `ioredis` that the store uses. */
export interface IoRedisClient {
  get(key: string): Promise<unknown>;
  set(key: string, value: string, unit: "PX", ms: number): Promise<unknown>;
  set(key: string, value: string, unit: "PX", ms: number, condition: "NX"): Promise<unknown>;
  expire(key: string, seconds: number): Promise<unknown>;
  /** Sends any command. Only clients of `ioredis` have this method. */
  call(command: string): Promise<unknown>;
}

/** Whether a client is one of `ioredis`. Otherwise it is one of `redis`, or Bun's own. */
export function isIoRedis<Io extends object>(client: Io | object): client is Io {
  return "call" in client;
}

/** Whether a client is Bun's own. Only this one has the method `send`. */
export function isBunRedis(client: object): boolean {
  return "send" in client;
}

/** @throws {@link FlagsmithClientError} `INVALID_OPTIONS` unless the client has these methods. */
export function assertRedisClient(argument: string, client: object, names: string[]): void {
  const methods: Readonly<Record<string, unknown>> = Object(client);
  if (names.every((name) => typeof methods[name] === "function")) return;
  throw createOptionError(
    argument,
    `must be a client of redis or ioredis with ${names.join(" and ")}`,
  );
}
