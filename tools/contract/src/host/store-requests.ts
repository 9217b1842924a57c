import { signWebhookBody } from "@flagsmith-isomorphic/core/local";
import { expect } from "chai";
import { environmentKey } from "../client.ts";
import { setMaxItems, until } from "../conditions.ts";
import { type ContractResult, runCases } from "../contract.ts";
import type { Setup } from "../run-suite.ts";
import { webhookSecret } from "../store-requests.ts";
import { type Answer, createStoreQuestions, type Send, webhookBody } from "./store-questions.ts";

/** Workers of one script, each in an isolate of its own: what they share is their stores. */
export const isolates = ["one", "other"] as const;

/** One for each case that needs an empty one. */
export const kvNamespaces = [
  "COLD",
  "COLD_DRIVER",
  "COLD_STORAGE",
  "WEBHOOK",
  "REFUSED",
  "FAILING",
] as const;

type Place = (typeof kvNamespaces)[number];

interface Store {
  readonly store: "kvStore" | "cacheApiStore" | "unstorage driver" | "unstorage storage";
  readonly place?: Place;
}

interface Client extends Store {
  readonly isolate: (typeof isolates)[number];
  readonly client: string;
}

const kv = (place: Place): Store => ({ store: "kvStore", place });

/** The ready-made stores, unstorage's for KV and the webhook handler, on what Workers have them for. */
export function storeResults(setup: Setup, send: Send): Promise<ContractResult[]> {
  const { control, requestCount, urlOf, ask, maxItemsOf, webhook } = createStoreQuestions(
    setup,
    send,
  );

  /** The write goes on after the answer: asks new clients until one needs no request. */
  const warmed = (client: Client) => {
    let count = 0;
    return until(async () => {
      await control.clearRequests();
      await maxItemsOf({ ...client, client: `${client.client} ${count++}` });
      return (await requestCount()) === 0;
    });
  };
  const coldOne = (name: string, store: Store) => ({
    name: `a cold isolate with a warm store makes no API call, even when the API is down (${name})`,
    run: async () => {
      await control.reset();
      const warm: Client = { isolate: "one", client: `${name} first`, ...store };
      const cold: Client = { isolate: "other", client: `${name} cold`, ...store };
      const { value, isolate } = await ask(warm);
      expect(value).to.equal(25);
      expect(await requestCount()).to.equal(1);
      await warmed({ ...warm, client: `${name} warm` });
      await control.failNext(99, { kind: "status", status: 500 });
      const answer = await ask(cold);
      expect(answer.value).to.equal(25);
      expect(answer.isolate).not.to.equal(isolate);
      const crowd = Array.from({ length: 20 }, () =>
        maxItemsOf({ ...cold, client: `${name} crowd` }),
      );
      expect(await Promise.all(crowd)).to.deep.equal(Array(20).fill(25));
      expect(await requestCount()).to.equal(0);
    },
  });

  return runCases([
    coldOne("Workers KV", kv("COLD")),
    coldOne("Cache API", { store: "cacheApiStore" }),
    coldOne("unstorage's driver for KV", { store: "unstorage driver", place: "COLD_DRIVER" }),
    coldOne("unstorage over KV, prefixed", { store: "unstorage storage", place: "COLD_STORAGE" }),
    {
      name: "two isolates share one KV: a valid webhook to one changes the next answer of the other",
      run: async () => {
        await control.reset();
        const one: Client = { isolate: "one", client: "sharing", ...kv("WEBHOOK") };
        const other: Client = { ...one, isolate: "other" };
        const answers = [await ask(one), await ask(other)];
        expect(answers.map(({ value }) => value)).to.deep.equal([25, 25]);
        expect(answers[0]?.isolate).not.to.equal(answers[1]?.isolate);
        await setMaxItems(control, 26);
        expect(await maxItemsOf(other)).to.equal(25);
        await control.clearRequests();
        const response = await webhook(one);
        expect(response.status).to.equal(204);
        expect(await requestCount()).to.equal(1);
        expect(await maxItemsOf(other)).to.equal(26);
        expect(await maxItemsOf(one)).to.equal(26);
        expect(await requestCount()).to.equal(1);
      },
    },
    {
      name: "webhook: what is forged, of another method or too large refreshes nothing and tells nothing",
      run: async () => {
        await control.reset();
        const client: Client = { isolate: "one", client: "refused", ...kv("REFUSED") };
        const large = "a".repeat(1_000_001);
        const largeSignature = await signWebhookBody(large, webhookSecret);
        const answers: Answer[] = [];
        const told: string[] = [];
        for (const request of [
          async () =>
            webhook(client, { signature: await signWebhookBody(webhookBody, "another secret") }),
          () => webhook(client, { headers: {} }),
          () => webhook(client, { body: `${webhookBody} ` }),
          () => send(urlOf("/webhook", client), { method: "GET" }),
          () => webhook(client, { body: large, signature: largeSignature }),
          () =>
            webhook(client, {
              body: new Blob([large]).stream(),
              duplex: "half",
              signature: largeSignature,
            }),
        ]) {
          const answer = await request();
          // At once: one that nobody holds any more has no body left.
          told.push(JSON.stringify([await answer.text(), [...answer.headers.entries()]]));
          answers.push(answer);
        }
        expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 401, 405, 413, 413]);
        expect(answers[3]?.headers.get("Allow")).to.equal("POST");
        expect(told.join()).not.to.include(webhookSecret).and.not.to.include(environmentKey);
        expect(await requestCount()).to.equal(0);
      },
    },
    {
      name: "webhook: 502 when the document cannot be loaded, and the old one is kept",
      run: async () => {
        await control.reset();
        const client: Client = { isolate: "one", client: "failing", ...kv("FAILING") };
        expect(await maxItemsOf(client)).to.equal(25);
        await control.failNext(1, { kind: "status", status: 500 });
        const response = await webhook(client);
        expect(response.status).to.equal(502);
        expect(await response.text()).to.equal("");
        expect(await maxItemsOf(client)).to.equal(25);
      },
    },
  ]);
}
