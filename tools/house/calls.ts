// The calls whose paths are measured. paths.ts bundles this file with instrumented sources.
import { Flagsmith as EdgeFlagsmith } from "@flagsmith-isomorphic/edge";
import { Flagsmith as NodeFlagsmith } from "@flagsmith-isomorphic/node";

const feature = { id: 3, name: "banner" };
const traits = { plan: "gold" };

const flagsResponse = { flags: [{ feature, enabled: true, feature_state_value: "blue" }] };

const featureState = {
  feature,
  enabled: true,
  django_id: 60,
  feature_state_value: "blue",
  multivariate_feature_state_values: [],
};

const condition = { operator: "EQUAL", property_: "plan", value: "gold" };

const segment = {
  id: 11,
  name: "gold",
  rules: [{ type: "ALL", rules: [], conditions: [condition] }],
  feature_states: [{ ...featureState, feature_segment: { priority: 0 } }],
};

const documentResponse = {
  id: 1,
  api_key: "client-key",
  name: "Test",
  updated_at: "2025-12-31T12:00:00.123456+00:00",
  feature_states: [featureState],
  project: { id: 1, name: "Shop", segments: [segment] },
  identity_overrides: [],
};

const remote = {
  environmentKey: "client-key",
  fetch: async () => Response.json(flagsResponse),
};

const local = {
  environmentKey: "ser.key",
  enableLocalEvaluation: true,
  fetch: async () => Response.json(documentResponse),
};

/** Runs one second call of a client per mode within `measure`. */
export async function runCalls(
  measure: <T>(name: string, run: () => T | Promise<T>) => Promise<T>,
): Promise<void> {
  const remoteClient = new NodeFlagsmith(remote);
  await remoteClient.getIdentityFlags("u", traits);
  await measure("remote", () => remoteClient.getIdentityFlags("u", traits));
  await remoteClient.close();

  const localClient = new NodeFlagsmith(local);
  await localClient.getIdentityFlags("u", traits);
  const flags = await measure("local", () => localClient.getIdentityFlags("u", traits));
  await measure("isFeatureEnabled", () => flags.isFeatureEnabled(feature.name));
  await localClient.close();

  const edgeClient = new EdgeFlagsmith(local);
  const context = { waitUntil: () => {} };
  await edgeClient.forRequest(context).getIdentityFlags("u", traits);
  await measure("edge", () => edgeClient.forRequest(context).getIdentityFlags("u", traits));
  await edgeClient.close();
}
