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

/**
 * Other libraries by a method that only their clients have. Their `get`, `set` and `publish` have the same names but take
 * other arguments: they ignore the expiry and the condition of `set`.
 */
const otherLibraries = {
  invokeScript: "@valkey/valkey-glide",
  createScript: "@upstash/redis",
  internal_send_command: "redis before version 4",
};

/**
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` unless the client has these methods, and for a client of another
 * library.
 */
export function assertRedisClient(argument: string, client: object, names: string[]): void {
  const methods: Readonly<Record<string, unknown>> = Object(client);
  const hasMethod = (name: string) => typeof methods[name] === "function";
  const other = Object.entries(otherLibraries).find(([name]) => hasMethod(name));
  if (other === undefined && names.every(hasMethod)) return;
  const kind = `a client of redis or ioredis with ${names.join(" and ")}`;
  throw createOptionError(argument, `must be ${kind}${other ? `, not one of ${other[1]}` : ""}`);
}
