import type { FetchFunction, FlagsmithApi } from "../../src/index.ts";
import { serveFlagsmithApi } from "../../src/node.ts";

/** A connection to an API, in memory or over HTTP. */
export interface ApiConnection {
  readonly fetch: FetchFunction;
  readonly origin: string;
  close(): Promise<void>;
}

/** Both ways to reach an API. Every test of its behaviour runs on each. */
export const transports: readonly {
  readonly transport: string;
  connect(api: FlagsmithApi): Promise<ApiConnection>;
}[] = [
  {
    transport: "fetch",
    connect: async (api) => ({
      fetch: api.fetch,
      origin: "https://flagsmith.test",
      close: async () => {},
    }),
  },
  {
    transport: "HTTP",
    connect: async (api) => {
      const { origin, close } = await serveFlagsmithApi(api);
      return { fetch: (input, init) => globalThis.fetch(input, init), origin, close };
    },
  },
];
