import { deepEqual } from "node:assert/strict";
import { testFlags } from "@flagsmith-isomorphic/testing";
import { readItems } from "./main.ts";

Deno.test("alice has a flag of her own", async () => {
  const flagsmith = testFlags(
    { dark_mode: true, max_items: 20 },
    { identities: { alice: { max_items: 50 } } },
  );
  deepEqual(await readItems(flagsmith, "alice"), { darkMode: true, maxItems: 50 });
  deepEqual(await readItems(flagsmith, "bob"), { darkMode: true, maxItems: 20 });
});
