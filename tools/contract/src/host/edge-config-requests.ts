import { toStorageRecord } from "@flagsmith-isomorphic/core/local";
import { expect } from "chai";
import { environmentKey } from "../client.ts";
import { setMaxItems } from "../conditions.ts";
import { type ContractResult, type PlainCase, runCases } from "../contract.ts";
import type { Setup } from "../run-suite.ts";
import type { EdgeConfigServer } from "./edge-config.ts";
import { createStoreQuestions, type Send, type StoreClient } from "./store-questions.ts";

/** `edgeConfigStore` with Vercel's own client. */
export function edgeConfigResults(
  setup: Setup,
  { connectionString, items, answers }: EdgeConfigServer,
  send: Send,
): Promise<ContractResult[]> {
  const { control, requestCount, maxItemsOf, webhook } = createStoreQuestions(setup, send);
  const clientOf = (client: string, place = connectionString): StoreClient => ({
    isolate: "edge",
    client,
    store: "edgeConfigStore",
    place,
  });
  const reset = async () => {
    await control.reset();
    items.clear();
    answers.length = 0;
  };
  const fill = async (keep: (value: string) => unknown = JSON.parse) => {
    const { key, value } = await toStorageRecord(await control.document(), {
      environmentKey,
      apiUrl: setup.api.url,
    });
    items.set(key, keep(value));
  };

  const coldOne = (form: string, keep: (value: string) => unknown): PlainCase => ({
    name: `a cold client whose Edge Config has the document as ${form} makes no API call, even when the API is down`,
    run: async () => {
      await reset();
      await fill(keep);
      await control.failNext(99, { kind: "status", status: 500 });
      expect(await maxItemsOf(clientOf(`has ${form}`))).to.equal(25);
      expect(answers).to.deep.equal(["GET 200"]);
      expect(await requestCount()).to.equal(0);
    },
  });

  return runCases([
    coldOne("JSON", JSON.parse),
    coldOne("text", String),
    {
      name: "a change in Edge Config is seen by the next request, without an API call",
      run: async () => {
        await reset();
        const client = clientOf("follows");
        await fill();
        expect(await maxItemsOf(client)).to.equal(25);
        expect(await maxItemsOf(client)).to.equal(25);
        await setMaxItems(control, 26);
        await fill();
        expect(await maxItemsOf(client)).to.equal(26);
        expect(answers).to.deep.equal(["GET 200", "GET 304", "GET 200"]);
        expect(await requestCount()).to.equal(0);
      },
    },
    {
      name: "an Edge Config without the document, or that refuses its token, costs an API call and no more",
      run: async () => {
        for (const [name, place] of [
          ["empty", connectionString],
          ["refused", `${connectionString}-of-another`],
        ] as const) {
          await reset();
          expect(await maxItemsOf(clientOf(name, place))).to.equal(25);
          expect(answers).to.deep.equal([name === "empty" ? "GET 404" : "GET 401"]);
          expect(await requestCount()).to.equal(1);
        }
      },
    },
    {
      name: "an Edge Config is read-only, which is no error: a webhook is answered by 204 and writes nothing",
      run: async () => {
        await reset();
        const client = clientOf("read-only");
        await fill();
        expect(await maxItemsOf(client)).to.equal(25);
        await setMaxItems(control, 26);
        expect((await webhook(client)).status).to.equal(204);
        expect(await requestCount()).to.equal(1);
        expect(await maxItemsOf(client)).to.equal(26);
        expect(new Set(answers)).to.deep.equal(new Set(["GET 200", "GET 304"]));
      },
    },
  ]);
}
