import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import type { WireDocument } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { environmentKey, experimentIdentifier } from "../client.ts";
import { createMemoryStorage } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { expectNoLeak, type ResourceProbe } from "../resource-probe.ts";
import { answering } from "./leaks.ts";
import { createReportingClient } from "./reports.ts";

/** A client that stays: of what it was told and asked, nothing is to stay with it. By counts, for time proves little. */
export function stayingCases(probe: ResourceProbe): readonly ContractCase[] {
  return [
    {
      name: "300 versions of the document leave no memory behind but that of the last",
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
          fetch: answering(() => versionOf(document, version)),
        });
        await expectNoLeak(probe, {
          warmUps: 300,
          times: 300,
          once: async (count) => {
            version = count;
            // No call waits for the storage, and what is on its way there is no leak.
            const isStored = new Promise<void>((resolve) => {
              onStored = resolve;
            });
            await client.updateEnvironment();
            await isStored;
            const flags = await client.getEnvironmentFlags();
            expect(flags.getFeatureValue("dark_mode")).to.equal(version);
          },
        });
        await client.close();
      },
    },
    {
      name: "20,000 identities that are evaluated, counted and tracked leave no memory behind",
      async run(context) {
        const document = await context.api.control.document();
        let evaluated = 0;
        const client = createReportingClient(context, {
          enableLocalEvaluation: true,
          fetch: answering(() => document),
          onFlagEvaluated: () => {
            evaluated += 1;
          },
        });
        await expectNoLeak(probe, {
          warmUps: 2000,
          times: 20_000,
          once: async (count) => {
            const { identifier, traits } = identityOf(count, "here");
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
        expect(evaluated).to.equal(44_000);
        const { accepted } = client.deliveryReport().events;
        expect(accepted).to.equal(44_000);
      },
    },
    {
      name: "3,000 identities that the API evaluates, with their exposures, leave no memory behind",
      async run(context) {
        const answer = await identityAnswer(context);
        let cached = 0;
        const client = createReportingClient(context, {
          fetch: async (url) => new Response(url.endsWith("/identities/") ? answer : null),
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
            const { identifier, traits } = identityOf(count, "there");
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

function versionOf(document: WireDocument, version: number): WireDocument {
  return {
    ...document,
    updated_at: new Date(Date.UTC(2030, 0, 1, 0, 0, version)).toISOString(),
    feature_states: document.feature_states.map((state) => ({
      ...state,
      feature_state_value: version,
    })),
  };
}

/** One that nobody else is, and that weighs something. */
function identityOf(count: number, where: string) {
  const identifier = `${count} ${where}, ${"and so on ".repeat(50)}`;
  return {
    identifier,
    traits: { plan: "premium", age: count, email: `${identifier}@example.com` },
  };
}

/** What the API says of somebody who takes part in an experiment. */
async function identityAnswer({ api }: ContractContext): Promise<string> {
  const answer = await fetch(`${api.url}identities/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Environment-Key": environmentKey },
    body: JSON.stringify({ identifier: experimentIdentifier, traits: [] }),
  });
  return answer.text();
}
