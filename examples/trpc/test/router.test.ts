import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { testFlags } from "@flagsmith-isomorphic/testing";
import { appRouter, createContext } from "../src/router.ts";

test("procedures read the flags of their caller", async () => {
  const flagsmith = testFlags(
    { dark_mode: true, max_items: 20 },
    { identities: { alice: { max_items: 50 } } },
  );
  const call = (user: string) => appRouter.createCaller(createContext(flagsmith, user));
  deepEqual(await call("alice").items(), { darkMode: true, maxItems: 50 });
  equal((await call("bob").items()).maxItems, 20);
});
