import {
  defineFlags,
  Flagsmith,
  type FlagsmithOptions,
  jsonFlag,
  numberFlag,
  stringFlag,
  toggleFlag,
} from "@flagsmith-isomorphic/node";
import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import * as v from "valibot";
import { onTestFinished } from "vitest";
import { FlagsmithAdapter, type FlagsmithAdapterOptions } from "../../src/flagsmith-adapter.ts";
import { identifyByCookie } from "../../src/identify.ts";
import { document } from "./environment.ts";

/** 32 bytes, as the `FLAGS_SECRET` of the SDK. */
export const secret = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/** The flags of the application under test. */
export const appFlags = defineFlags({
  dark_mode: toggleFlag({ description: "Dark theme" }),
  max_items: numberFlag(10, { integer: true, min: 1, max: 100 }),
  greeting: stringFlag("Hi"),
  tier: stringFlag("free", { of: ["free", "pro", "team"] }),
  banner: jsonFlag(v.object({ title: v.string() }), { title: "" }),
});

interface SetUp {
  readonly api: FlagsmithApi;
  readonly flagsmith: Flagsmith;
  /** Identifies users by the cookie `user`, unless the options differ. */
  readonly flagsmithAdapter: FlagsmithAdapter;
  readonly warnings: readonly string[];
}

/** Creates an API, a client and an adapter. Local evaluation unless the options differ. */
export function setUp({
  client = {},
  adapter = {},
}: {
  readonly client?: Partial<FlagsmithOptions>;
  readonly adapter?: FlagsmithAdapterOptions;
} = {}): SetUp {
  const api = createFlagsmithApi({ document });
  const warnings: string[] = [];
  const flagsmith = new Flagsmith({
    environmentKey: api.environmentKey,
    fetch: api.fetch,
    enableLocalEvaluation: true,
    retries: 0,
    logger: { warn: (message) => void warnings.push(message), error: () => undefined },
    ...client,
  });
  onTestFinished(() => flagsmith.close());
  const options = { identify: identifyByCookie("user"), ...adapter };
  const flagsmithAdapter = new FlagsmithAdapter(flagsmith, options);
  return { api, flagsmith, flagsmithAdapter, warnings };
}

/** Creates the request of a user. */
export function createRequest(user?: string, headers: Readonly<Record<string, string>> = {}) {
  const cookie = user === undefined ? {} : { cookie: `user=${user}` };
  return new Request("https://app.example/", { headers: { ...cookie, ...headers } });
}
