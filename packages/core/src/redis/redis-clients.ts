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
 * Other libraries, each with a method that only its clients have. Their methods have the same names but take other
 * arguments: they ignore the expiry and the condition of `set`.
 */
const otherLibraries = [
  { library: "@valkey/valkey-glide", method: "invokeScript", canPublish: false },
  { library: "@upstash/redis", method: "createScript", canPublish: true },
  { library: "redis before version 4", method: "internal_send_command", canPublish: true },
];

/**
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` unless the client has these methods, and for a client of another
 * library.
 */
export function assertRedisClient(argument: string, client: object, names: string[]): void {
  const methods: Readonly<Record<string, unknown>> = Object(client);
  const hasMethod = (name: string) => typeof methods[name] === "function";
  // Not by its type: a mock such as that of vitest-mock-extended returns a function for every name.
  const other = otherLibraries.find(
    ({ method, canPublish }) => method in methods && !(canPublish && argument === "publisher"),
  );
  if (other === undefined && names.every(hasMethod)) return;
  const kind = `a client of redis or ioredis with ${names.join(" and ")}`;
  const exception = other === undefined ? "" : `, not one of ${other.library}`;
  throw createOptionError(argument, `must be ${kind}${exception}`);
}
