/** A Redis in memory. Records all commands, and what expires after how many milliseconds. */
export class FakeRedis {
  readonly values = new Map<string, string>();
  readonly expiries = new Map<string, number>();
  readonly commands: string[] = [];
  readonly listeners = new Set<(channel: string, message: string) => void>();

  set(key: string, value: string, ms: number, isNew: boolean): "OK" | null {
    this.commands.push(`SET ${key}${isNew ? " NX" : ""}`);
    if (isNew && this.values.has(key)) return null;
    this.values.set(key, value);
    this.expiries.set(key, ms);
    return "OK";
  }

  expire(key: string, seconds: number): number {
    this.commands.push(`EXPIRE ${key}`);
    this.expiries.set(key, seconds * 1000);
    return 1;
  }

  publish(channel: string, message: string): number {
    for (const listener of this.listeners) listener(channel, message);
    return this.listeners.size;
  }

  /** A client with the interface of `redis`. */
  createNodeRedis() {
    const subscriptions = new Map<unknown, (channel: string, message: string) => void>();
    return {
      get: async (key: string) => this.values.get(key) ?? null,
      set: async (key: string, value: string, { PX, NX }: { PX: number; NX?: true }) =>
        this.set(key, value, PX, NX === true),
      expire: async (key: string, seconds: number) => this.expire(key, seconds),
      publish: async (channel: string, message: string) => this.publish(channel, message),
      subscribe: async (channel: string, listener: (message: string) => void) => {
        const onMessage = (from: string, message: string) => {
          if (from === channel) listener(message);
        };
        subscriptions.set(listener, onMessage);
        this.listeners.add(onMessage);
      },
      unsubscribe: async (_channel: string, listener: (message: string) => void) => {
        const onMessage = subscriptions.get(listener);
        if (onMessage) this.listeners.delete(onMessage);
      },
    };
  }

  /** A client with the interface of Bun: the arguments of `ioredis`, but other types are refused. */
  createBunRedis() {
    return {
      ...this.createNodeRedis(),
      set: async (key: string, value: string, ...[unit, ms, condition]: readonly unknown[]) => {
        if (unit !== "PX") throw new TypeError("Expected arguments to be a string.");
        return this.set(key, value, Number(ms), condition === "NX");
      },
      send: async () => null,
    };
  }

  /** A client with the interface of `ioredis`. */
  createIoRedis() {
    const channels = new Set<string>();
    const handlers = new Set<(channel: string, message: string) => void>();
    this.listeners.add((channel, message) => {
      if (channels.has(channel)) for (const handler of handlers) handler(channel, message);
    });
    return {
      channels,
      handlers,
      get: async (key: string) => this.values.get(key) ?? null,
      set: async (key: string, value: string, _unit: "PX", ms: number, condition?: "NX") =>
        this.set(key, value, ms, condition === "NX"),
      expire: async (key: string, seconds: number) => this.expire(key, seconds),
      call: async () => null,
      publish: async (channel: string, message: string) => this.publish(channel, message),
      subscribe: async (channel: string) => void channels.add(channel),
      unsubscribe: async (channel: string) => void channels.delete(channel),
      on: (event: "message", handler: (channel: string, message: string) => void) =>
        event === "message" && handlers.add(handler),
      off: (event: "message", handler: (channel: string, message: string) => void) =>
        event === "message" && handlers.delete(handler),
    };
  }
}
