import { expect, test } from "bun:test";
import { testFlags } from "@flagsmith-isomorphic/testing";
import { answer } from "../src/app.ts";

test("alice has a flag of her own", async () => {
  const flagsmith = testFlags(
    { dark_mode: true, max_items: 20 },
    { identities: { alice: { max_items: 50 } } },
  );
  const fetchItems = async (user: string) =>
    (await answer(new Request(`http://localhost/items?user=${user}`), flagsmith)).json();
  expect(await fetchItems("alice")).toEqual({ darkMode: true, maxItems: 50 });
  expect(await fetchItems("bob")).toEqual({ darkMode: true, maxItems: 20 });
});
