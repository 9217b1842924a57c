import { deepEqual } from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { FlagsmithProvider } from "@flagsmith-isomorphic/openfeature";
import { testFlags } from "@flagsmith-isomorphic/testing";
import { OpenFeature } from "@openfeature/server-sdk";
import { createApp } from "../src/app.ts";

test("alice has a flag of her own", async () => {
  const flagsmith = testFlags(
    { dark_mode: true, max_items: 20 },
    { identities: { alice: { max_items: 50 } } },
  );
  await OpenFeature.setProviderAndWait(new FlagsmithProvider(flagsmith));
  const server = createApp().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const fetchItems = async (user: string) =>
    (await fetch(`http://localhost:${port}/items?user=${user}`)).json();
  deepEqual(await fetchItems("alice"), { darkMode: true, maxItems: 50 });
  deepEqual(await fetchItems("bob"), { darkMode: true, maxItems: 20 });
  server.close();
  await OpenFeature.close();
});
