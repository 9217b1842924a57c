import { createApiControl } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { type ContractResult, runCases } from "../contract.ts";
import type { IsolateAnswer, IsolateRequest } from "../isolate-requests.ts";
import type { Setup } from "../run-suite.ts";

type Send = (path: string, body: object) => Promise<string>;

/** What rivals fall into: the second request of an isolate waits for what the first began. */
export function isolateResults(
  { api: { url, controlOrigin } }: Setup,
  send: Send,
): Promise<ContractResult[]> {
  const control = createApiControl(controlOrigin, fetch);
  const ask = async (request: Omit<IsolateRequest, "apiUrl">): Promise<IsolateAnswer> =>
    JSON.parse(await send("/isolate", { ...request, apiUrl: url }));

  const afterAnEarlyAnswer = (hasWaitUntil: boolean) => ({
    name: `a request that leaves before its flags arrive hangs no later one (${
      hasWaitUntil ? "with" : "without"
    } waitUntil)`,
    run: async () => {
      await control.reset();
      await control.failNext(1, { kind: "slowHead", delayMs: 600 });
      const client = `early ${hasWaitUntil}`;
      await ask({ client, hasWaitUntil, leavesEarly: true });
      for (let count = 2; count <= 3; count++) {
        const { value, ms, failure } = await ask({ client, hasWaitUntil, leavesEarly: false });
        expect(failure).to.equal(undefined);
        expect(value).to.equal(99);
        expect(ms).to.be.below(4000);
      }
    },
  });

  return runCases([
    afterAnEarlyAnswer(true),
    afterAnEarlyAnswer(false),
    {
      name: "a flush that was cut off with its request hangs no later one, which sends its own",
      run: async () => {
        await control.reset();
        const request = { client: "cut off flush", hasWaitUntil: false, flushes: true };
        await control.failNext(1, { kind: "hang", path: "analytics" });
        await ask({ ...request, leavesEarly: true });
        for (let count = 1; count <= 2; count++) {
          const { value, ms, failure } = await ask({ ...request, leavesEarly: false });
          expect(failure).to.equal(undefined);
          expect(value).to.equal(99);
          expect(ms).to.be.below(1500);
          expect(await control.acceptedAnalytics()).to.deep.equal({ max_items: count });
        }
      },
    },
    {
      name: "a refresh that was cut off with its request stops no later one",
      run: async () => {
        await control.reset();
        const request = { client: "cut off", hasWaitUntil: false, refreshSeconds: 0.1 };
        await ask({ ...request, leavesEarly: false });
        await new Promise((resolve) => setTimeout(resolve, 150));
        await control.failNext(1, { kind: "hang" });
        await ask({ ...request, leavesEarly: true });
        const { value, ms } = await ask({ ...request, leavesEarly: false });
        expect(value).to.equal(99);
        expect(ms).to.be.below(1500);
      },
    },
  ]);
}
