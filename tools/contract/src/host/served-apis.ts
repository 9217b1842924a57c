import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createFlagsmithApi,
  type FlagsmithApi,
  type IdentityFlagsHandler,
} from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument } from "recordings";
import { environmentKey, experimentIdentifier } from "../client.ts";
import type { ApiAddress, CaseApis, RunningApis, StartedApis } from "../run-suite.ts";
import { serveOpenConnections } from "./open-connections.ts";

/** Serves fresh APIs for one case until `run` settles. */
export async function withCaseApis<T>(run: (apis: CaseApis) => Promise<T>): Promise<T> {
  const { apis, close } = await startCaseApis();
  try {
    return await run(apis);
  } finally {
    await close();
  }
}

/** Serves APIs for the cases of a suite script until `run` settles. See {@link SuiteSetup.apisUrl}. */
export async function withApisForCases<T>(run: (apisUrl: string) => Promise<T>): Promise<T> {
  const running = new Map<string, RunningApis>();
  let count = 0;
  const handle = async (path: string): Promise<StartedApis | undefined> => {
    if (path !== "/") {
      const stopped = running.get(path);
      running.delete(path);
      await stopped?.close();
      return undefined;
    }
    const started = await startCaseApis();
    const stopPath = `/${++count}`;
    running.set(stopPath, started);
    return { apis: started.apis, stopUrl: new URL(stopPath, apisUrl).href };
  };
  const server = createServer(async ({ url = "" }, response) => {
    response.shouldKeepAlive = false;
    try {
      response.end(JSON.stringify(await handle(url)));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const apisUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  try {
    return await run(apisUrl);
  } finally {
    server.close();
    server.closeAllConnections();
    await Promise.all([...running.values()].map(({ close }) => close()));
  }
}

async function startCaseApis(): Promise<RunningApis> {
  const options = {
    document: environmentDocument,
    environmentKey,
    identityFlags,
    events: true,
    realtime: true,
    control: true,
  };
  const [api, elsewhere] = await Promise.all([
    serveTwice(createFlagsmithApi(options)),
    serveTwice(createFlagsmithApi({ ...options, pageSize: 2 })),
  ]);
  return {
    apis: { api: api.address, elsewhere: elsewhere.address },
    close: () => Promise.all([api.close(), elsewhere.close()]),
  };
}

/**
 * Serves the control on a port of its own, because faults cut the connections to the API's port. Its
 * connections serve one request each: a busy process may send one over a connection that has timed out.
 */
async function serveTwice(api: FlagsmithApi) {
  const [main, control, once] = await Promise.all([
    serveFlagsmithApi(api),
    serveFlagsmithApi(api, { keepAlive: false }),
    serveFlagsmithApi(api, { keepAlive: false }),
  ]);
  const connections = await serveOpenConnections([main.url, once.url]);
  const address: ApiAddress = {
    url: main.url,
    onceUrl: once.url,
    controlOrigin: control.origin,
    connectionsUrl: connections.url,
  };
  return {
    address,
    close: () => Promise.all([main, once, control, connections].map((server) => server.close())),
  };
}

/** Flags of one identity that is in an experiment, which documents do not contain. */
const identityFlags: IdentityFlagsHandler = ({ identifier }) => {
  if (identifier !== experimentIdentifier) return undefined;
  const experiment = { id: 7, name: "How many", in_experiment: true };
  return [
    {
      id: 1,
      feature: { id: 1, name: "max_items" },
      feature_state_value: 50,
      enabled: true,
      variant: "many",
      metadata: { experiment },
    },
  ];
};
