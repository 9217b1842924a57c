import { setTimeout as wait } from "node:timers/promises";
import { createApiControl } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { until } from "../conditions.ts";
import { type ContractResult, runCases } from "../contract.ts";
import type { IsolateAnswer, IsolateRequest } from "../isolate-requests.ts";
import type { Setup } from "../run-suite.ts";
import type { CancellablePost } from "./cancellable-post.ts";

/** How the requests of these cases reach the isolate. */
export interface IsolateTransport {
  readonly send: (body: object) => Promise<string>;
  /** `undefined` where the runtime would not learn that a client has gone. */
  readonly begin: ((body: object) => CancellablePost) | undefined;
}

/** How late the API answers a request that does not wait for it. */
const slowMs = 600;

const withIt = (hasWaitUntil: boolean) => `${hasWaitUntil ? "with" : "without"} waitUntil`;

/** What rivals fall into: the second request of an isolate waits for what the first began. */
export function isolateResults(
  { api: { url, controlOrigin } }: Setup,
  { send, begin }: IsolateTransport,
): Promise<ContractResult[]> {
  const control = createApiControl(controlOrigin, fetch);
  const ask = async (request: Omit<IsolateRequest, "apiUrl">): Promise<IsolateAnswer> =>
    JSON.parse(await send({ ...request, apiUrl: url }));

  const answersRight = async (client: string, hasWaitUntil: boolean): Promise<void> => {
    const { value, ms, failure } = await ask({ client, hasWaitUntil, leavesEarly: false });
    expect(failure).to.equal(undefined);
    expect(value).to.equal(99);
    expect(ms).to.be.below(4000);
  };

  const afterAnEarlyAnswer = (hasWaitUntil: boolean) => ({
    name: `a request that leaves before its flags arrive hangs no later one (${withIt(hasWaitUntil)})`,
    run: async () => {
      await control.reset();
      await control.failNext(1, { kind: "slowHead", delayMs: slowMs });
      const client = `early ${hasWaitUntil}`;
      await ask({ client, hasWaitUntil, leavesEarly: true });
      await answersRight(client, hasWaitUntil);
      await answersRight(client, hasWaitUntil);
    },
  });

  const afterACancel = (beginRequest: NonNullable<typeof begin>, hasWaitUntil: boolean) => ({
    name: `a first request that is cancelled hangs no later one (${withIt(hasWaitUntil)})`,
    run: async () => {
      await control.reset();
      await control.failNext(1, { kind: "slowHead", delayMs: slowMs });
      const client = `cancelled ${hasWaitUntil}`;
      const begunAt = Date.now();
      const first = beginRequest({ client, hasWaitUntil, leavesEarly: false, apiUrl: url });
      await until(async () => (await control.requests()).length === 1);
      await first.cancel();
      await answersRight(client, hasWaitUntil);
      await answersRight(client, hasWaitUntil);
      // By now its flags would have arrived: only these two requests have come to their end.
      await wait(Math.max(0, begunAt + slowMs + 500 - Date.now()));
      const { endedBefore } = await ask({ client, hasWaitUntil, leavesEarly: false });
      expect(endedBefore).to.equal(2);
    },
  });

  return runCases([
    afterAnEarlyAnswer(true),
    afterAnEarlyAnswer(false),
    ...(begin === undefined ? [] : [afterACancel(begin, true), afterACancel(begin, false)]),
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
        await wait(150);
        await control.failNext(1, { kind: "hang" });
        await ask({ ...request, leavesEarly: true });
        const { value, ms } = await ask({ ...request, leavesEarly: false });
        expect(value).to.equal(99);
        expect(ms).to.be.below(1500);
      },
    },
  ]);
}
