import type { ReadableStream } from "node:stream/web";
import { signWebhookBody } from "@flagsmith-isomorphic/core";
import { createRemoteControl } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { environmentKey } from "../client.ts";
import { setMaxItems, until } from "../conditions.ts";
import { type ContractResult, runCases } from "../contract.ts";
import type { Setup } from "../run-suite.ts";
import { type StoreAnswer, type StoreRequest, webhookSecret } from "../store-requests.ts";

/** One for each case that needs an empty one. */
export const kvNamespaces = ["COLD", "WEBHOOK", "REFUSED", "FAILING"] as const;

type Client = Omit<StoreRequest, "apiUrl"> & { readonly kv?: (typeof kvNamespaces)[number] };

interface Init {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** What is a stream does not say how long it is. */
  readonly body?: string | ReadableStream;
  readonly duplex?: "half";
}

/** The part of an answer that the cases look at. */
interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null; entries(): Iterable<[string, string]> };
  text(): Promise<string>;
}

type Send = (path: string, init?: Init) => Promise<Answer>;

const body = '{"event_type":"FLAG_UPDATED","data":{"changed_by":"ü"}}';

/** The ready-made stores and the webhook handler, on what the Worker has them for. */
export function storeResults(
  { api: { url, controlOrigin } }: Setup,
  send: Send,
): Promise<ContractResult[]> {
  const control = createRemoteControl(controlOrigin, fetch);
  const query = (client: Client) =>
    `?for=${encodeURIComponent(JSON.stringify({ ...client, apiUrl: url }))}`;
  const maxItemsOf = async (client: Client): Promise<unknown> => {
    const answer = await send(`/flags${query(client)}`);
    const { value, failure }: StoreAnswer = JSON.parse(await answer.text());
    expect(failure).to.equal(undefined);
    return value;
  };
  const webhook = async (client: Client, init: Init & { readonly signature?: string } = {}) => {
    const { signature = await signWebhookBody(body, webhookSecret), ...rest } = init;
    const headers = { "X-Flagsmith-Signature": signature };
    return send(`/webhook${query(client)}`, { method: "POST", body, headers, ...rest });
  };
  const requestCount = async () => (await control.requests()).length;

  /** The write goes on after the answer: asks new clients until one needs no request. */
  const warmed = (client: Client) => {
    let count = 0;
    return until(async () => {
      await control.clearRequests();
      await maxItemsOf({ ...client, client: `${client.client} ${count++}` });
      return (await requestCount()) === 0;
    });
  };
  const coldOne = (name: string, store: Pick<Client, "kv">) => ({
    name: `a cold isolate with a warm store makes no API call, even when the API is down (${name})`,
    run: async () => {
      await control.reset();
      expect(await maxItemsOf({ client: `${name} first`, ...store })).to.equal(25);
      expect(await requestCount()).to.equal(1);
      await warmed({ client: `${name} warm`, ...store });
      await control.failNext(99, { kind: "status", status: 500 });
      expect(await maxItemsOf({ client: `${name} cold`, ...store })).to.equal(25);
      const crowd = Array.from({ length: 20 }, () =>
        maxItemsOf({ client: `${name} crowd`, ...store }),
      );
      expect(await Promise.all(crowd)).to.deep.equal(Array(20).fill(25));
      expect(await requestCount()).to.equal(0);
    },
  });

  return runCases([
    coldOne("Workers KV", { kv: "COLD" }),
    coldOne("Cache API", {}),
    {
      name: "two isolates share one KV: a valid webhook to one changes the next answer of the other",
      run: async () => {
        await control.reset();
        const [one, other] = [
          { client: "one", kv: "WEBHOOK" },
          { client: "other", kv: "WEBHOOK" },
        ] as const;
        expect(await maxItemsOf(one)).to.equal(25);
        expect(await maxItemsOf(other)).to.equal(25);
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
        const client = { client: "refused", kv: "REFUSED" } as const;
        const large = "a".repeat(1_000_001);
        const largeSignature = await signWebhookBody(large, webhookSecret);
        const answers: Answer[] = [];
        const told: string[] = [];
        for (const ask of [
          async () => webhook(client, { signature: await signWebhookBody(body, "another secret") }),
          () => webhook(client, { headers: {} }),
          () => webhook(client, { body: `${body} ` }),
          () => send(`/webhook${query(client)}`, { method: "GET" }),
          () => webhook(client, { body: large, signature: largeSignature }),
          () =>
            webhook(client, {
              body: new Blob([large]).stream(),
              duplex: "half",
              signature: largeSignature,
            }),
        ]) {
          const answer = await ask();
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
        const client = { client: "failing", kv: "FAILING" } as const;
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
