// Runs the calls whose paths are measured. Bundled by paths.ts together with instrumented sources.
import { Flagsmith as EdgeFlagsmith } from "@flagsmith-isomorphic/edge";
import { Flagsmith as NodeFlagsmith } from "@flagsmith-isomorphic/node";

const feature = { id: 3, name: "banner" };

const featureState = {
  feature,
  enabled: true,
  django_id: 60,
  feature_state_value: "for all",
  multivariate_feature_state_values: [],
};

const condition = { operator: "EQUAL", property_: "plan", value: "gold" };

const segment = {
  id: 11,
  name: "gold",
  rules: [{ type: "ALL", rules: [], conditions: [condition] }],
  feature_states: [{ ...featureState, feature_segment: { priority: 0 } }],
};

const environmentDocument = {
  id: 1,
  api_key: "client-key",
  name: "Test",
  updated_at: "2025-12-31T12:00:00.123456+00:00",
  feature_states: [featureState],
  project: { id: 1, name: "Shop", segments: [segment] },
  identity_overrides: [],
};

const identityFlags = { flags: [{ feature, enabled: true, feature_state_value: "for all" }] };

async function fetch(url: unknown): Promise<Response> {
  return Response.json(
    String(url).includes("environment-document") ? environmentDocument : identityFlags,
  );
}

const remote = { environmentKey: "client-key", fetch };
const local = { environmentKey: "ser.key", enableLocalEvaluation: true, fetch };
const traits = { plan: "gold" };

/** Creates a client, makes a first call and measures the second. */
type Call = (measure: <T>(run: () => T | Promise<T>) => Promise<T>) => Promise<void>;

/** The measured calls by name. */
export const calls: Readonly<Record<string, Call>> = {
  remote: async (measure) => {
    const client = new NodeFlagsmith(remote);
    await client.getIdentityFlags("u", traits);
    await measure(() => client.getIdentityFlags("u", traits));
    await client.close();
  },
  local: async (measure) => {
    const client = new NodeFlagsmith(local);
    await client.getIdentityFlags("u", traits);
    await measure(() => client.getIdentityFlags("u", traits));
    await client.close();
  },
  isFeatureEnabled: async (measure) => {
    const client = new NodeFlagsmith(local);
    await client.getIdentityFlags("u", traits);
    const flags = await client.getIdentityFlags("u", traits);
    await measure(() => flags.isFeatureEnabled("banner"));
    await client.close();
  },
  edge: async (measure) => {
    const client = new EdgeFlagsmith(local);
    const context = { waitUntil: () => {} };
    await client.forRequest(context).getIdentityFlags("u", traits);
    await measure(() => client.forRequest(context).getIdentityFlags("u", traits));
    await client.close();
  },
};
