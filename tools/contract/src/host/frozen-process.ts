import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { expect } from "chai";
import { environmentDocument } from "recordings";
import { environmentKey } from "../client.ts";
import type { PlainCase } from "../contract.ts";
import type { FrozenAnswer, FrozenEnd, FrozenSetup } from "../frozen-process.ts";
import type { ScriptCommand } from "./run-command.ts";

const intervalMs = 1000;

/** How long the process runs after an answer without a `waitUntil`. */
const invocationMs = 10;

/** The time of a response, so that a load never ends within an invocation by chance. */
const responseMs = 150;

/** Room for slow machines. */
const toleranceMs = 2000;

/** The longest wait of a call for an overdue document. */
const maxWaitMs = 1000;

/**
 * A call waits until the load, which starts after the freeze at the earliest, has taken a second. An answer that comes
 * later has waited long enough: timers may expire a little early.
 */
const completeWaitMs = 950;

/** An invocation: how long the process was frozen before it, and its answer. */
interface Invocation extends Pick<FrozenAnswer, "waitMs" | "failures"> {
  readonly frozenMs: number;
  readonly ageMs: number;
  /** The time from the end of the freeze until the answer. */
  readonly sinceThawMs: number;
}

/** Creates the cases about a process that its host freezes between requests, as Lambda and Vercel do. */
export function createFrozenProcessCases(command: ScriptCommand): readonly PlainCase[] {
  const skipped = process.platform === "win32" && { skipReason: "Windows has no SIGSTOP" };
  return [
    {
      ...skipped,
      name: "frozen process: every call answers from a recent document, or waits at most 1 s",
      run: async () => {
        const freezes = [2500, 2500, 2500, 4000, 500];
        const { invocations } = await runInvocations(command, { hasWaitUntil: false }, freezes);
        for (const { waitMs } of invocations) expect(waitMs).to.be.below(maxWaitMs + toleranceMs);
        // A document from before a freeze of two intervals is too old. A call does not wait after a failed load, for
        // example one that was frozen in flight on a slow machine.
        const outdated = invocations.filter(
          ({ frozenMs, ageMs, sinceThawMs, failures }) =>
            failures === 0 &&
            sinceThawMs < completeWaitMs &&
            ageMs >= Math.max(frozenMs, 2 * intervalMs),
        );
        expect(outdated).to.deep.equal([]);
        expect(invocations.some(({ failures }) => failures === 0)).to.equal(true);
      },
    },
    {
      ...skipped,
      name: "frozen process: with waitUntil calls do not wait, and analytics are delivered",
      run: async () => {
        // After ten intervals a call waits in spite of its waitUntil.
        const freezes = [2500, 2500, 4000, 10_500];
        const setup = { hasWaitUntil: true };
        const { invocations, accepted, unconfirmed } = await runInvocations(
          command,
          setup,
          freezes,
        );
        let lastFrozenMs = 2 * intervalMs;
        for (const { frozenMs, ageMs, waitMs, sinceThawMs, failures } of invocations) {
          const isRecent = frozenMs < 10 * intervalMs;
          expect(waitMs).to.be.below((isRecent ? 0 : maxWaitMs) + toleranceMs);
          // Each invocation refreshes the document for the next one, unless the last load was frozen in flight.
          const maxAgeMs = lastFrozenMs + frozenMs + toleranceMs;
          if (failures === 0 && sinceThawMs < completeWaitMs) expect(ageMs).to.be.below(maxAgeMs);
          lastFrozenMs = frozenMs;
        }
        // One invocation in ten seconds sends what all of them have counted. Without a response it is sent again.
        const count = freezes.length + 1;
        expect(Object.keys(accepted)).to.deep.equal(["max_items"]);
        expect(accepted["max_items"]).to.be.within(count, count + unconfirmed);
      },
    },
  ];
}

/** Starts the script, and calls it once after each freeze. */
async function runInvocations(
  { program, args = [], env, script }: ScriptCommand,
  setup: Pick<FrozenSetup, "hasWaitUntil">,
  freezesMs: readonly number[],
) {
  const api = createFlagsmithApi({ document: environmentDocument, environmentKey });
  api.failNext(Number.POSITIVE_INFINITY, { kind: "slowHead", delayMs: responseMs });
  const served = await serveFlagsmithApi({
    handle: (request) => {
      // Every document names the time of its request.
      api.updateDocument(({ feature_states }) => {
        for (const state of feature_states) {
          if (state.feature.name === "max_items") state.feature_state_value = Date.now();
        }
      });
      return api.handle(request);
    },
  });
  const frozenSetup: FrozenSetup = {
    ...setup,
    apiUrl: served.url,
    intervalSeconds: intervalMs / 1000,
  };
  const child = spawn(program, [...args, script, JSON.stringify(frozenSetup)], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let unconfirmed = 0;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const readEnd = async () => {
    const { value } = await lines.next();
    // The process is killed after its last answer.
    if (value !== undefined) unconfirmed = (JSON.parse(value) as FrozenEnd).unconfirmed;
  };
  const call = async (): Promise<FrozenAnswer> => {
    child.stdin.write("call\n");
    const answer: FrozenAnswer = JSON.parse((await lines.next()).value);
    const end = readEnd();
    await (setup.hasWaitUntil ? end : wait(invocationMs));
    return answer;
  };
  try {
    // The first load.
    await call();
    const invocations: Invocation[] = [];
    for (const frozenMs of freezesMs) {
      child.kill("SIGSTOP");
      await wait(frozenMs);
      const thawedAt = Date.now();
      child.kill("SIGCONT");
      const { value, waitMs, answeredAt, failures } = await call();
      const [ageMs, sinceThawMs] = [answeredAt - Number(value), answeredAt - thawedAt];
      invocations.push({ frozenMs, waitMs, failures, ageMs, sinceThawMs });
    }
    // Evidence for the output of the run: [frozen, waited, age of the document] in milliseconds, and failed loads.
    const rows = invocations.map(
      ({ frozenMs, waitMs, ageMs, failures }) => `[${frozenMs}, ${waitMs}, ${ageMs}; ${failures}]`,
    );
    console.log(
      `frozen process ${setup.hasWaitUntil ? "with" : "without"} waitUntil: ${rows.join(" ")}`,
    );
    return { invocations, accepted: api.acceptedAnalytics, unconfirmed };
  } finally {
    child.kill("SIGKILL");
    await served.close();
  }
}
