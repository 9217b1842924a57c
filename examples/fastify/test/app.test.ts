import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { testFlags } from "@flagsmith-isomorphic/testing";
import fastify from "fastify";
import { addRoutes } from "../src/app.ts";

test("alice has a flag of her own", async () => {
  const flagsmith = testFlags(
    { dark_mode: true, max_items: 20 },
    { identities: { alice: { max_items: 50 } } },
  );
  const app = addRoutes(fastify(), flagsmith);
  const fetchItems = async (user: string) => (await app.inject(`/items?user=${user}`)).json();
  deepEqual(await fetchItems("alice"), { darkMode: true, maxItems: 50 });
  deepEqual(await fetchItems("bob"), { darkMode: true, maxItems: 20 });
  await app.close();
});
