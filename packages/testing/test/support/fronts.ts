import type { FetchFunction, FlagsmithApi } from "../../src/index.ts";
import { serveFlagsmithApi } from "../../src/node.ts";

/** A way to reach an API, and to stop. */
export interface OpenFront {
  readonly fetch: FetchFunction;
  readonly origin: string;
  close(): Promise<void>;
}

/** Both fronts of an API, so that every test of behaviour runs on each. */
export const fronts: readonly {
  readonly front: string;
  open(api: FlagsmithApi): Promise<OpenFront>;
}[] = [
  {
    front: "as fetch",
    open: async (api) => ({
      fetch: api.fetch,
      origin: "https://flagsmith.test",
      close: async () => {},
    }),
  },
  {
    front: "on a port",
    open: async (api) => {
      const { origin, close } = await serveFlagsmithApi(api);
      return { fetch: (input, init) => globalThis.fetch(input, init), origin, close };
    },
  },
];
