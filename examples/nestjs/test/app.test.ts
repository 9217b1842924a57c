import "reflect-metadata";
import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { testFlags } from "@flagsmith-isomorphic/testing";
import { NestFactory } from "@nestjs/core";
import { createAppModule } from "../src/app.module.ts";

test("each request gets the flags of its user", async () => {
  const flagsmith = testFlags(
    { dark_mode: true, max_items: 20 },
    { identities: { alice: { max_items: 50 } } },
  );
  const app = await NestFactory.create(createAppModule(flagsmith), { logger: false });
  await app.listen(0, "127.0.0.1");
  const fetchItems = async (user: string) =>
    (await fetch(`${await app.getUrl()}/items?user=${user}`)).json();
  deepEqual(await fetchItems("alice"), { darkMode: true, maxItems: 50 });
  deepEqual(await fetchItems("bob"), { darkMode: true, maxItems: 20 });
  await app.close();
});
