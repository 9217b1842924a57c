import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import type { WireDocument } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { environmentKey, experimentIdentifier } from "../client.ts";
import { createMemoryStorage } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { expectNoLeak, type ResourceProbe } from "../resource-probe.ts";
import { createDocumentFetch } from "./leak-fixtures.ts";
import { createReportingClient } from "./reporting-client.ts";

/** A client that stays open keeps neither old documents nor identities. */
export function memoryLeakCases(probe: ResourceProbe): readonly ContractCase[] {
  return [
    {
      name: "leaks: of 150 versions of the document only the last one stays in memory",
      async run(context) {
        const document = await context.api.control.document();
        let version = 0;
        let onStored = () => {};
        const memory = createMemoryStorage();
        const storage: FlagsmithStorage = {
          getItem: memory.getItem,
          setItem: async (...record) => {
            await memory.setItem?.(...record);
            onStored();
          },
        };
        const client = createReportingClient(context, {
          enableLocalEvaluation: true,
          storage,
          fetch: createDocumentFetch(() => createVersion(document, version)),
        });
        await expectNoLeak(probe, {
          warmUps: 150,
          times: 150,
          once: async (count) => {
            version = count;
            // Calls do not wait for the storage; a write in flight is no leak.
            const isStored = new Promise<void>((resolve) => {
              onStored = resolve;
            });
            await client.updateEnvironment();
            await isStored;
            const flags = await client.getEnvironmentFlags();
            expect(flags.getFeatureValue("dark_mode")).to.equal(version);
          },
        });
      },
    },
    {
      name: "leaks: 10,000 identities in local mode, with events, do not stay in memory",
      async run(context) {
        const document = await context.api.control.document();
        let evaluated = 0;
        const client = createReportingClient(context, {
          enableLocalEvaluation: true,
          fetch: createDocumentFetch(() => document),
          onFlagEvaluated: () => {
            evaluated += 1;
          },
        });
        await expectNoLeak(probe, {
          warmUps: 2000,
          times: 10_000,
          once: async (count) => {
            const { identifier, traits } = createIdentity(count, "local");
            const flags = await client.getIdentityFlags(identifier, traits);
            flags.isFeatureEnabled("dark_mode");
            const snapshot = await client.getSnapshot();
            snapshot.identityFlags(identifier, traits).getFlag("max_items");
            client.trackEvent("checkout", { identifier, traits });
            client.trackExposureEvent("max_items", { identifier, traits, value: "many" });
            if (count % 400 === 399) await client.flush();
          },
          settle: () => client.flush(),
        });
        await client.close();
        expect(evaluated).to.equal(24_000);
        expect(client.deliveryReport().events.accepted).to.equal(24_000);
      },
    },
    {
      name: "leaks: 3,000 identities in remote mode, with exposures, do not stay in memory",
      async run(context) {
        const body = await loadExperimentFlags(context);
        let cached = 0;
        const client = createReportingClient(context, {
          fetch: async (url) => new Response(url.endsWith("/identities/") ? body : null),
          cache: {
            get: () => undefined,
            set: () => {
              cached += 1;
            },
          },
        });
        await expectNoLeak(probe, {
          warmUps: 600,
          times: 3000,
          once: async (count) => {
            const { identifier, traits } = createIdentity(count, "remote");
            await client.getExperimentFlag("max_items", identifier, traits);
            if (count % 400 === 399) await client.flush();
          },
          settle: () => client.flush(),
        });
        await client.close();
        expect(cached).to.equal(3600);
        expect(client.deliveryReport().events.accepted).to.equal(3600);
      },
    },
  ];
}

function createVersion(document: WireDocument, version: number): WireDocument {
  return {
    ...document,
    updated_at: new Date(Date.UTC(2030, 0, 1, 0, 0, version)).toISOString(),
    feature_states: document.feature_states.map((state) => ({
      ...state,
      feature_state_value: version,
    })),
  };
}

/** Creates a unique identity that is large enough for leaks to show. */
function createIdentity(count: number, mode: string) {
  const identifier = `${count} ${mode}, ${"and so on ".repeat(50)}`;
  return {
    identifier,
    traits: { plan: "premium", age: count, email: `${identifier}@example.com` },
  };
}

/** Loads the API's response for the identity in the experiment, without its identifier. */
async function loadExperimentFlags({ api }: ContractContext): Promise<string> {
  const response = await fetch(`${api.url}identities/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Environment-Key": environmentKey },
    body: JSON.stringify({ identifier: experimentIdentifier, traits: [] }),
  });
  return JSON.stringify({ ...Object(await response.json()), identifier: undefined });
}
