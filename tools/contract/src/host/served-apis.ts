import {
  createFlagsmithApi,
  type FlagsmithApi,
  type IdentityFlagsHandler,
} from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument } from "recordings";
import { environmentKey, experimentIdentifier } from "../client.ts";
import type { ApiAddress, Setup } from "../run-suite.ts";
import { serveOpenConnections } from "./open-connections.ts";

/** Serves what a run of the suite needs, for as long as it takes. */
export async function withServedApis<T>(
  corporaUrl: string | undefined,
  run: (setup: Setup) => Promise<T>,
): Promise<T> {
  const options = {
    document: environmentDocument,
    environmentKey,
    identityFlags,
    events: true,
    realtime: true,
    control: true,
  };
  const api = createFlagsmithApi(options);
  // Pages, to be followed by those who ask for the document there.
  const elsewhere = createFlagsmithApi({ ...options, pageSize: 2 });
  const served = [await serveTwice(api), await serveTwice(elsewhere)] as const;
  try {
    return await run({
      api: served[0].address,
      elsewhere: served[1].address,
      ...(corporaUrl !== undefined && { corporaUrl }),
    });
  } finally {
    await Promise.all(served.map(({ close }) => close()));
  }
}

/** Controlled from another port: connections that a fault has cut must not meet those of the control. */
async function serveTwice(api: FlagsmithApi) {
  const [asked, control] = [await serveFlagsmithApi(api), await serveFlagsmithApi(api)];
  const once = await serveFlagsmithApi(api, { keepAlive: false });
  const connections = await serveOpenConnections([asked.url, once.url]);
  const address: ApiAddress = {
    url: asked.url,
    onceUrl: once.url,
    controlOrigin: control.origin,
    connectionsUrl: connections.url,
  };
  return {
    address,
    close: () => Promise.all([asked, once, control, connections].map((server) => server.close())),
  };
}

/** One identity takes part in an experiment, which no document tells of. */
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
