import { signWebhookBody } from "@flagsmith-isomorphic/core/local";
import { expect } from "chai";
import { environmentKey } from "../client.ts";
import { setMaxItems, until } from "../conditions.ts";
import type { PlainCase } from "../contract.ts";
import { webhookSecret } from "../store-requests.ts";
import { bindHostCases, type HostCase } from "./host-cases.ts";
import {
  createStoreRequests,
  type IsolateHttpResponse,
  type SendRequest,
  type StoreRequests,
  webhookBody,
} from "./store-client.ts";

/** Workers with the same script, each in an isolate of its own. They share only their stores. */
export const isolates = ["one", "other"] as const;

/** One namespace for each case that needs an empty one. */
export const kvNamespaces = [
  "COLD",
  "COLD_DRIVER",
  "COLD_STORAGE",
  "WEBHOOK",
  "REFUSED",
  "FAILING",
  "LIMITED",
  "LAGGING",
] as const;

type Place = (typeof kvNamespaces)[number];

interface Store {
  readonly store:
    | "kvStore"
    | "limited kvStore"
    | "cacheApiStore"
    | "unstorage driver"
    | "unstorage storage";
  readonly place?: Place;
}

interface Client extends Store {
  readonly isolate: (typeof isolates)[number];
  readonly client: string;
}

const kv = (place: Place): Store => ({ store: "kvStore", place });

/** Creates the cases about the ready-made stores, unstorage's stores for KV and the webhook handler on Workers. */
export function createStoreCases(send: SendRequest): readonly PlainCase[] {
  const cases = [
    ...coldCases,
    sharedStoreCase,
    createRefusalCase(send),
    failingLoadCase,
    createBurstCase(send),
    laggingApiCase,
  ];
  return bindHostCases(cases, ({ api }) => createStoreRequests(api, send));
}

/** Waits for the write, which goes on after the response: sends requests as new clients until one needs no API call. */
async function waitUntilStored(
  { control, fetchMaxItems, requestCount }: StoreRequests,
  client: Client,
): Promise<void> {
  let count = 0;
  await until(async () => {
    await control.clearRequests();
    await fetchMaxItems({ ...client, client: `${client.client} ${count++}` });
    return (await requestCount()) === 0;
  });
}

function createColdCase(name: string, store: Store): HostCase<StoreRequests> {
  return {
    name: `store: a cold isolate with a warm store makes no API call (${name})`,
    run: async (requests) => {
      const { control, fetchFlags, fetchMaxItems, requestCount } = requests;
      const warm: Client = { isolate: "one", client: `${name} first`, ...store };
      const cold: Client = { isolate: "other", client: `${name} cold`, ...store };
      const { value, isolate } = await fetchFlags(warm);
      expect(value).to.equal(25);
      expect(await requestCount()).to.equal(1);
      await waitUntilStored(requests, { ...warm, client: `${name} warm` });
      await control.failNext(99, { kind: "status", status: 500 });
      const response = await fetchFlags(cold);
      expect(response.value).to.equal(25);
      expect(response.isolate).not.to.equal(isolate);
      const crowd = Array.from({ length: 20 }, () =>
        fetchMaxItems({ ...cold, client: `${name} crowd` }),
      );
      expect(await Promise.all(crowd)).to.deep.equal(Array(20).fill(25));
      expect(await requestCount()).to.equal(0);
    },
  };
}

const coldCases: readonly HostCase<StoreRequests>[] = [
  createColdCase("Workers KV", kv("COLD")),
  createColdCase("Cache API", { store: "cacheApiStore" }),
  createColdCase("unstorage's driver for KV", { store: "unstorage driver", place: "COLD_DRIVER" }),
  createColdCase("unstorage over KV, prefixed", {
    store: "unstorage storage",
    place: "COLD_STORAGE",
  }),
];

const sharedStoreCase: HostCase<StoreRequests> = {
  name: "store: a webhook to one isolate changes the flags of another with the same KV",
  run: async ({ control, fetchFlags, fetchMaxItems, requestCount, sendWebhook }) => {
    const one: Client = { isolate: "one", client: "sharing", ...kv("WEBHOOK") };
    const other: Client = { ...one, isolate: "other" };
    const responses = [await fetchFlags(one), await fetchFlags(other)];
    expect(responses.map(({ value }) => value)).to.deep.equal([25, 25]);
    expect(responses[0]?.isolate).not.to.equal(responses[1]?.isolate);
    await setMaxItems(control, 26);
    expect(await fetchMaxItems(other)).to.equal(25);
    await control.clearRequests();
    const response = await sendWebhook(one);
    expect(response.status).to.equal(204);
    expect(await requestCount()).to.equal(1);
    expect(await fetchMaxItems(other)).to.equal(26);
    expect(await fetchMaxItems(one)).to.equal(26);
    expect(await requestCount()).to.equal(1);
  },
};

function createRefusalCase(send: SendRequest): HostCase<StoreRequests> {
  return {
    name: "webhook: invalid requests are refused without a refresh and without details",
    run: async ({ requestCount, sendWebhook, urlFor }) => {
      const client: Client = { isolate: "one", client: "refused", ...kv("REFUSED") };
      const large = "a".repeat(1_000_001);
      const largeSignature = await signWebhookBody(large, webhookSecret);
      const responses: IsolateHttpResponse[] = [];
      const texts: string[] = [];
      for (const sendInvalid of [
        async () =>
          sendWebhook(client, { signature: await signWebhookBody(webhookBody, "another secret") }),
        () => sendWebhook(client, { headers: {} }),
        () => sendWebhook(client, { body: `${webhookBody} ` }),
        () => send(urlFor("/webhook", client), { method: "GET" }),
        () => sendWebhook(client, { body: large, signature: largeSignature }),
        () =>
          sendWebhook(client, {
            body: new Blob([large]).stream(),
            duplex: "half",
            signature: largeSignature,
          }),
      ]) {
        const response = await sendInvalid();
        // Read immediately: a response that was garbage collected has no body.
        texts.push(JSON.stringify([await response.text(), [...response.headers.entries()]]));
        responses.push(response);
      }
      expect(responses.map(({ status }) => status)).to.deep.equal([401, 401, 401, 405, 413, 413]);
      expect(responses[3]?.headers.get("Allow")).to.equal("POST");
      expect(texts.join()).not.to.include(webhookSecret).and.not.to.include(environmentKey);
      expect(await requestCount()).to.equal(0);
    },
  };
}

const failingLoadCase: HostCase<StoreRequests> = {
  name: "webhook: 502 if the document cannot be loaded, and the old one stays in use",
  run: async ({ control, fetchMaxItems, sendWebhook }) => {
    const client: Client = { isolate: "one", client: "failing", ...kv("FAILING") };
    expect(await fetchMaxItems(client)).to.equal(25);
    await control.failNext(1, { kind: "status", status: 500 });
    const response = await sendWebhook(client);
    expect(response.status).to.equal(502);
    expect(await response.text()).to.equal("");
    expect(await fetchMaxItems(client)).to.equal(25);
  },
};

const isolateOne = { isolate: "one" } as const;

function createBurstCase(send: SendRequest): HostCase<StoreRequests> {
  return {
    name: "webhook: a hundred at once cause at most two loads and two writes, and get 204",
    run: async ({ control, fetchMaxItems, requestCount, sendWebhook }) => {
      const client: Client = {
        ...isolateOne,
        client: "burst",
        store: "limited kvStore",
        place: "LIMITED",
      };
      const listWrites = async (): Promise<readonly number[]> => {
        const text = await (await send("http://one/writes")).text();
        const writes: readonly { readonly accepted: number }[] = Object.values(JSON.parse(text));
        return writes.map(({ accepted }) => accepted);
      };
      expect(await fetchMaxItems(client)).to.equal(25);
      // The document and the lease beside it are written after the response.
      await until(async () => (await listWrites()).join() === "1,1");
      await setMaxItems(control, 26);
      await control.clearRequests();
      // All webhooks arrive during the first load, also on a slow machine.
      await control.failNext(1, { kind: "slowHead", delayMs: 5000 });
      const webhooks = Array.from({ length: 100 }, async () => (await sendWebhook(client)).status);
      expect(await Promise.all(webhooks)).to.deep.equal(Array(100).fill(204));
      expect(await requestCount()).to.be.within(1, 2);
      for (const accepted of await listWrites()) expect(accepted).to.be.within(2, 3);
      expect(await fetchMaxItems({ ...client, isolate: "other", store: "kvStore" })).to.equal(26);
    },
  };
}

const laggingApiCase: HostCase<StoreRequests> = {
  name: "webhook: a change that the API does not return yet arrives with a later load",
  run: async ({ control, fetchMaxItems, requestCount, sendWebhook }) => {
    const client: Client = { ...isolateOne, client: "lagging", ...kv("LAGGING") };
    expect(await fetchMaxItems(client)).to.equal(25);
    await control.clearRequests();
    for (const event_type of ["AUDIT_LOG_CREATED", "NEW_VERSION_PUBLISHED", "FLAG_UPDATED"]) {
      const body = JSON.stringify({ event_type, data: { timestamp: "2020-01-01T00:00:00Z" } });
      const signature = await signWebhookBody(body, webhookSecret);
      const before = await requestCount();
      const headers = { "X-Flagsmith-Signature": signature };
      expect((await sendWebhook(client, { body, headers })).status).to.equal(204);
      const value = 26 + before;
      await setMaxItems(control, value);
      await until(async () => (await fetchMaxItems(client)) === value);
    }
  },
};
