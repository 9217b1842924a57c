import type { ReadableStream } from "node:stream/web";
import { signWebhookBody } from "@flagsmith-isomorphic/core/local";
import { RemoteControl } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import type { Setup } from "../run-suite.ts";
import { type StoreAnswer, type StoreRequest, webhookSecret } from "../store-requests.ts";

/** A client with a store, in the isolate that has this host name. */
export interface StoreClient extends Omit<StoreRequest, "apiUrl"> {
  readonly isolate: string;
}

/** How a request is made. */
export interface Init {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** What is a stream does not say how long it is. */
  readonly body?: string | ReadableStream;
  readonly duplex?: "half";
}

/** The part of an answer that the cases look at. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null; entries(): Iterable<[string, string]> };
  text(): Promise<string>;
}

/** Makes a request to an isolate. */
export type Send = (url: string, init?: Init) => Promise<Answer>;

/** What cases of stores ask, and of whom. */
export interface StoreQuestions {
  readonly control: RemoteControl;
  /** How many requests the API has had. */
  readonly requestCount: () => Promise<number>;
  /** Where a client is asked. */
  readonly urlOf: (path: string, client: StoreClient) => string;
  /** The client's `max_items`; a failure is one of the case. */
  readonly ask: (client: StoreClient) => Promise<StoreAnswer>;
  readonly maxItemsOf: (client: StoreClient) => Promise<unknown>;
  /** Sends a genuine webhook, but for what is given. */
  readonly webhook: (
    client: StoreClient,
    init?: Init & { readonly signature?: string },
  ) => Promise<Answer>;
}

/** The body of a webhook. */
export const webhookBody = '{"event_type":"FLAG_UPDATED","data":{"changed_by":"ü"}}';

/** Makes what asks clients of the served API. */
export function createStoreQuestions(
  { api: { url, controlOrigin } }: Setup,
  send: Send,
): StoreQuestions {
  const control = new RemoteControl(controlOrigin, fetch);
  const urlOf = (path: string, { isolate, ...client }: StoreClient) => {
    const asked: StoreRequest = { ...client, apiUrl: url };
    return `http://${isolate}${path}?for=${encodeURIComponent(JSON.stringify(asked))}`;
  };
  const ask = async (client: StoreClient): Promise<StoreAnswer> => {
    const answer: StoreAnswer = JSON.parse(await (await send(urlOf("/flags", client))).text());
    expect(answer.failure).to.equal(undefined);
    return answer;
  };
  return {
    control,
    requestCount: async () => (await control.requests()).length,
    urlOf,
    ask,
    maxItemsOf: async (client) => (await ask(client)).value,
    webhook: async (client, init = {}) => {
      const { signature = await signWebhookBody(webhookBody, webhookSecret), ...rest } = init;
      const headers = { "X-Flagsmith-Signature": signature };
      const url = urlOf("/webhook", client);
      return send(url, { method: "POST", body: webhookBody, headers, ...rest });
    },
  };
}
