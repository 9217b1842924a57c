import type { ReadableStream } from "node:stream/web";
import { signWebhookBody } from "@flagsmith-isomorphic/core/local";
import { RemoteControl } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import type { ApiAddress } from "../run-suite.ts";
import { type StoreRequest, type StoreResponse, webhookSecret } from "../store-requests.ts";

/** A client with a store, in the isolate with this host name. */
export interface StoreClient extends Omit<StoreRequest, "apiUrl"> {
  readonly isolate: string;
}

/** Init of a request to an isolate. */
interface RequestOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** A stream has no Content-Length. */
  readonly body?: string | ReadableStream;
  readonly duplex?: "half";
}

/** The part of a response that the cases read. */
export interface IsolateHttpResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null; entries(): Iterable<[string, string]> };
  text(): Promise<string>;
}

/** Sends a request to an isolate. */
export type SendRequest = (url: string, options?: RequestOptions) => Promise<IsolateHttpResponse>;

/** Requests of the cases about stores. */
export interface StoreRequests {
  readonly control: RemoteControl;
  /** Returns the number of requests that the API has received. */
  readonly requestCount: () => Promise<number>;
  /** Returns the URL of a client. */
  readonly urlFor: (path: string, client: StoreClient) => string;
  /** Fetches a client's flags. @throws AssertionError if the client failed. */
  readonly fetchFlags: (client: StoreClient) => Promise<StoreResponse>;
  /** Fetches the value of `max_items`. */
  readonly fetchMaxItems: (client: StoreClient) => Promise<unknown>;
  /** Sends a valid webhook, unless the options make it invalid. */
  readonly sendWebhook: (
    client: StoreClient,
    options?: RequestOptions & { readonly signature?: string },
  ) => Promise<IsolateHttpResponse>;
}

/** Body of a webhook. */
export const webhookBody = '{"event_type":"FLAG_UPDATED","data":{"changed_by":"ü"}}';

/** Creates the requests to clients of the served API. */
export function createStoreRequests(
  { url, controlOrigin }: ApiAddress,
  send: SendRequest,
): StoreRequests {
  const control = new RemoteControl(controlOrigin, fetch);
  const urlFor = (path: string, { isolate, ...client }: StoreClient) => {
    const request: StoreRequest = { ...client, apiUrl: url };
    return `http://${isolate}${path}?for=${encodeURIComponent(JSON.stringify(request))}`;
  };
  const fetchFlags = async (client: StoreClient): Promise<StoreResponse> => {
    const response: StoreResponse = JSON.parse(await (await send(urlFor("/flags", client))).text());
    expect(response.failure).to.equal(undefined);
    return response;
  };
  return {
    control,
    requestCount: async () => (await control.requests()).length,
    urlFor,
    fetchFlags,
    fetchMaxItems: async (client) => (await fetchFlags(client)).value,
    sendWebhook: async (client, options = {}) => {
      const { signature = await signWebhookBody(webhookBody, webhookSecret), ...rest } = options;
      const headers = { "X-Flagsmith-Signature": signature };
      const webhookUrl = urlFor("/webhook", client);
      return send(webhookUrl, { method: "POST", body: webhookBody, headers, ...rest });
    },
  };
}
