import { toStorageRecord } from "@flagsmith-isomorphic/core/local";
import { expect } from "chai";
import { environmentKey } from "../client.ts";
import { setMaxItems } from "../conditions.ts";
import type { PlainCase } from "../contract.ts";
import type { ApiAddress } from "../run-suite.ts";
import { type EdgeConfigServer, withEdgeConfig } from "./edge-config.ts";
import type { HostCase } from "./host-cases.ts";
import { withCaseApis } from "./served-apis.ts";
import {
  createStoreRequests,
  type SendRequest,
  type StoreClient,
  type StoreRequests,
} from "./store-client.ts";

/** Context of a case: an API and an empty Edge Config. */
interface EdgeConfigContext extends StoreRequests, EdgeConfigServer {
  /** Writes the API's document to the Edge Config, as JSON by default. */
  readonly store: (toItem?: (record: string) => unknown) => Promise<void>;
  readonly clientFor: (client: string, place?: string) => StoreClient;
}

/** Creates the cases about `edgeConfigStore` with Vercel's own client. */
export function createEdgeConfigCases(send: SendRequest): readonly PlainCase[] {
  return cases.map(({ name, run }) => ({
    name,
    run: () =>
      withCaseApis(({ api }) => withEdgeConfig((server) => run(createContext(api, server, send)))),
  }));
}

function createContext(
  api: ApiAddress,
  server: EdgeConfigServer,
  send: SendRequest,
): EdgeConfigContext {
  const requests = createStoreRequests(api, send);
  return {
    ...requests,
    ...server,
    store: async (toItem = JSON.parse) => {
      const document = await requests.control.document();
      const { key, value } = await toStorageRecord(document, { environmentKey, apiUrl: api.url });
      server.items.set(key, toItem(value));
    },
    clientFor: (client, place = server.connectionString) => ({
      isolate: "edge",
      client,
      store: "edgeConfigStore",
      place,
    }),
  };
}

function createColdCase(
  form: string,
  toItem: (record: string) => unknown,
): HostCase<EdgeConfigContext> {
  return {
    name: `Edge Config: a cold client reads the document as ${form} without an API call`,
    run: async ({ clientFor, control, fetchMaxItems, requestCount, responses, store }) => {
      await store(toItem);
      await control.failNext(99, { kind: "status", status: 500 });
      expect(await fetchMaxItems(clientFor(`has ${form}`))).to.equal(25);
      expect(responses).to.deep.equal(["GET 200"]);
      expect(await requestCount()).to.equal(0);
    },
  };
}

const cases: readonly HostCase<EdgeConfigContext>[] = [
  createColdCase("JSON", JSON.parse),
  createColdCase("text", String),
  {
    name: "Edge Config: the next request sees a change without an API call",
    run: async ({ clientFor, control, fetchMaxItems, requestCount, responses, store }) => {
      const client = clientFor("follows");
      await store();
      expect(await fetchMaxItems(client)).to.equal(25);
      expect(await fetchMaxItems(client)).to.equal(25);
      await setMaxItems(control, 26);
      await store();
      expect(await fetchMaxItems(client)).to.equal(26);
      expect(responses).to.deep.equal(["GET 200", "GET 304", "GET 200"]);
      expect(await requestCount()).to.equal(0);
    },
  },
  ...(["empty", "refused"] as const).map(
    (state): HostCase<EdgeConfigContext> => ({
      name: `Edge Config: without a readable document (${state}), the API is called once`,
      run: async ({ clientFor, connectionString, fetchMaxItems, requestCount, responses }) => {
        const place = state === "empty" ? connectionString : `${connectionString}-of-another`;
        expect(await fetchMaxItems(clientFor(state, place))).to.equal(25);
        expect(responses).to.deep.equal([state === "empty" ? "GET 404" : "GET 401"]);
        expect(await requestCount()).to.equal(1);
      },
    }),
  ),
  {
    name: "Edge Config: a webhook gets 204 and writes nothing, because the store is read-only",
    run: async (context) => {
      const { clientFor, control, fetchMaxItems, requestCount, responses } = context;
      const client = clientFor("read-only");
      await context.store();
      expect(await fetchMaxItems(client)).to.equal(25);
      await setMaxItems(control, 26);
      expect((await context.sendWebhook(client)).status).to.equal(204);
      expect(await requestCount()).to.equal(1);
      expect(await fetchMaxItems(client)).to.equal(26);
      expect(new Set(responses)).to.deep.equal(new Set(["GET 200", "GET 304"]));
    },
  },
];
