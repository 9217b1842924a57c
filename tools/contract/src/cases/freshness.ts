import type { Flagsmith } from "@flagsmith-isomorphic/core";
import {
  createFlagsmithApi,
  type DocumentDates,
  type Draft,
  type FlagsmithApi,
  type WireDocument,
} from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { environmentDocument } from "recordings";
import { type ClientOptions, createLocalClient, environmentKey } from "../client.ts";
import { createMemoryStorage, until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { createRecordingRequest } from "./isolate.ts";

/** The kinds of change in a Flagsmith project. Each change affects the flags of `alice`. */
const changes: Readonly<Record<string, (api: FlagsmithApi) => void>> = {
  "the state of a feature": edit((document) => {
    findFeature(document, "dark_mode").enabled = false;
  }),
  "the value of a feature": edit((document) => {
    findFeature(document, "banner_text").feature_state_value = "Winter sale";
  }),
  "two values within a second": (api) => {
    for (const value of ["first", "second"]) {
      edit((document) => {
        findFeature(document, "banner_text").feature_state_value = value;
      })(api);
    }
  },
  "the weight of a variant": edit((document) => {
    const [variant] = findFeature(document, "mv_zero").multivariate_feature_state_values ?? [];
    if (variant !== undefined) variant.percentage_allocation = 100;
  }),
  "the override of a segment": edit((document) => {
    const override = findSegment(document, "equal_string").feature_states?.find(
      ({ feature }) => feature.name === "override_type_change",
    );
    if (override !== undefined) override.feature_state_value = "changed";
  }),
  "the rules of a segment": edit((document) => {
    const segment = findSegment(document, "equal_string");
    segment.rules = [
      { type: "ALL", conditions: [{ operator: "EQUAL", property_: "plan", value: "other" }] },
    ];
  }),
  "a segment is deleted": edit((document) => {
    document.project.segments = document.project.segments.filter(
      ({ name }) => name !== "equal_string",
    );
  }),
  "the override of an identity": edit((document) => {
    const alice = document.identity_overrides?.find(({ identifier }) => identifier === "alice");
    for (const state of alice?.identity_features ?? []) state.enabled = !state.enabled;
  }),
  "an identity is deleted": (api) => api.deleteIdentity("alice"),
  "a feature is created": edit((document) => {
    document.feature_states.push({
      feature: { id: 9001, name: "created" },
      enabled: true,
      feature_state_value: "new",
    });
  }),
  "a feature is deleted": edit((document) => {
    document.feature_states = document.feature_states.filter(
      ({ feature }) => feature.name !== "dark_mode",
    );
  }),
  "a scheduled version goes live": (api) => {
    api.scheduleChange(0, (document) => {
      findFeature(document, "dark_mode").enabled = false;
    });
  },
};

/** Local evaluation sees each change with the next load, whatever dates the server sends. */
export const freshnessCases: readonly ContractCase[] = (
  ["exact", "lagging", "frozen"] as const
).flatMap((documentDates) => [
  {
    name: `freshness: the next load brings every kind of change, ${documentDates} dates`,
    run: async (context) => {
      await Promise.all(
        Object.entries(changes).map(([name, change]) =>
          expectNextLoadToBring(context, name, documentDates, change),
        ),
      );
    },
  },
  {
    name: `freshness: one look at the shared store brings a change, ${documentDates} dates`,
    mostlyWaits: true,
    run: (context) => expectStoreToBringChange(context, documentDates),
  },
]);

async function expectNextLoadToBring(
  context: ContractContext,
  name: string,
  documentDates: DocumentDates,
  change: (api: FlagsmithApi) => void,
): Promise<void> {
  const api = createApi(documentDates);
  let changedAfter = 0;
  const client = createApiClient(context, api, {
    // Counted when the document arrives, because a slow machine sees its flags later.
    onEnvironmentChange: () => {
      changedAfter = api.requests.length;
    },
  });
  const before = await readFlags(client);
  change(api);
  const after = await readFlags(createApiClient(context, api));
  expect(after, `${name} changes nothing`).not.to.equal(before);
  const requestCount = api.requests.length;
  await until(async () => (await readFlags(client)) === after);
  // A load that was in flight during the change may precede the one that brings it.
  expect(changedAfter - requestCount, name).to.be.at.most(2);
}

async function expectStoreToBringChange(
  context: ContractContext,
  documentDates: DocumentDates,
): Promise<void> {
  const api = createApi(documentDates);
  const storage = createMemoryStorage();
  // Longer than the case, so that only the store can bring the change.
  const interval = { environmentRefreshIntervalSeconds: 600 };
  const writer = createApiClient(context, api, { ...interval, storage });
  await writer.ready();
  let reads = 0;
  const reader = createApiClient(context, api, {
    ...interval,
    storageCheckIntervalSeconds: 1,
    storage: {
      getItem: (key) => {
        reads++;
        return storage.getItem(key);
      },
    },
  });
  const before = await readFlags(reader);
  edit((document) => {
    findFeature(document, "dark_mode").enabled = false;
  })(api);
  await writer.updateEnvironment();
  const requestCount = api.requests.length;
  reads = 0;
  await until(async () => (await readFlags(reader)) !== before);
  expect(reads).to.be.at.most(4);
  expect(api.requests.length).to.equal(requestCount);
}

function createApi(documentDates: DocumentDates): FlagsmithApi {
  const document = environmentDocument as unknown as WireDocument;
  return createFlagsmithApi({ document, environmentKey, documentDates });
}

function createApiClient(
  context: ContractContext,
  api: FlagsmithApi,
  options?: ClientOptions,
): Flagsmith {
  return createLocalClient(context, {
    environmentRefreshIntervalSeconds: 1,
    fetch: api.fetch,
    ...options,
  });
}

/** Returns the flags of an identity as text. */
async function readFlags(client: Flagsmith): Promise<string> {
  const request = createRecordingRequest();
  const flags = await client.forRequest(request).getIdentityFlags("alice", { plan: "premium" });
  await Promise.all(request.work);
  return JSON.stringify(
    flags.allFlags().map(({ featureName, enabled, value }) => [featureName, enabled, value]),
  );
}

function edit(mutate: (document: Draft<WireDocument>) => void): (api: FlagsmithApi) => void {
  return (api) => void api.updateDocument(mutate);
}

function findFeature(document: Draft<WireDocument>, name: string) {
  const state = document.feature_states.find(({ feature }) => feature.name === name);
  if (state === undefined) throw new Error(`The document has no feature ${name}.`);
  return state;
}

function findSegment(document: Draft<WireDocument>, name: string) {
  const segment = document.project.segments.find((segment) => segment.name === name);
  if (segment === undefined) throw new Error(`The document has no segment ${name}.`);
  return segment;
}
