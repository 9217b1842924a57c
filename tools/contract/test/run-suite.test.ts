import * as adapter from "@flagsmith-isomorphic/node";
import { afterEach, describe, expect, it } from "vitest";
import { createClient } from "../src/client.ts";
import { type ContractCase, runCase } from "../src/contract.ts";
import { withApisForCases } from "../src/host/served-apis.ts";
import { bindCase, startApisAt } from "../src/run-suite.ts";

const runtime = { adapter, inspect: String, resendsAfterReset: [] };

/** Sees an API without faults that has received no request but its own. */
const untouched: ContractCase = {
  name: "sees an untouched API",
  run: async (context) => {
    const flags = await createClient(context).getEnvironmentFlags();
    expect(flags.getFeatureValue("max_items")).toBe(25);
    expect(await context.api.control.requests()).toHaveLength(1);
  },
};

describe("a case of the suite", () => {
  const releases: (() => void)[] = [];
  afterEach(() => {
    for (const release of releases.splice(0)) release();
  });

  function run(first: ContractCase, second: ContractCase, firstLimitMs?: number) {
    return withApisForCases(async (apisUrl) => {
      const startApis = () => startApisAt(apisUrl);
      return [
        await runCase(bindCase(first, runtime, startApis), firstLimitMs),
        await runCase(bindCase(second, runtime, startApis)),
      ] as const;
    });
  }

  it("does not affect the next one if it fails with faults and an open client", async () => {
    let client: adapter.Flagsmith | undefined;
    const failing: ContractCase = {
      name: "fails",
      run: async (context) => {
        const { api } = context;
        client = createClient(context, {
          enableLocalEvaluation: true,
          environmentRefreshIntervalSeconds: 0.05,
          enableRealtimeUpdates: true,
          realtimeApiUrl: api.origin,
        });
        await client.ready();
        await api.control.failNext(99, { kind: "hang" });
        throw new Error("broken");
      },
    };
    const [first, second] = await run(failing, untouched);
    expect(first.failure).toContain("broken");
    expect(second).toEqual({ name: untouched.name });
    await expect(client?.updateEnvironment()).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("does not affect the next one if it goes on after its limit", async () => {
    const hanging: ContractCase = {
      name: "hangs",
      run: async ({ api }) => {
        await new Promise<void>((resolve) => releases.push(resolve));
        await api.control.failNext(99, { kind: "hang" });
      },
    };
    const releasing: ContractCase = {
      name: untouched.name,
      run: async (context) => {
        for (const release of releases.splice(0)) release();
        await untouched.run(context);
      },
    };
    const [first, second] = await run(hanging, releasing, 1000);
    expect(first.failure).toContain("still running");
    expect(second).toEqual({ name: untouched.name });
  });
});
