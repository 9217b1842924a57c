import { setTimeout as wait } from "node:timers/promises";
import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { expect } from "chai";
import { environmentDocument } from "recordings";
import { environmentKey } from "../client.ts";
import { until } from "../conditions.ts";
import type { PlainCase } from "../contract.ts";
import type { StreamSetup } from "../process-end.ts";
import type { ScriptCommand } from "./run-command.ts";
import { type StartedProcess, startProcess } from "./start-process.ts";

/** Generous: only a process that would never end gets there. */
const limitMs = 15_000;

/** Far longer than a process without an open stream takes to end. */
const heldMs = 3000;

/** Whether a process goes on that has nothing but a realtime stream. */
export function streamEndCases(command: ScriptCommand): readonly PlainCase[] {
  return [
    {
      name: "realtime: an open stream keeps a process alive, which hears of changes",
      run: () =>
        during(command, {}, async ({ api, process }) => {
          const outcome = await Promise.race([process.ended, wait(heldMs, "alive")]);
          expect(outcome).to.equal("alive");
          const { length } = documentsOf(api);
          api.updateDocument(() => undefined);
          await until(async () => documentsOf(api).length > length);
        }),
    },
    {
      name: "realtime: a process with an open stream ends by itself once that is closed",
      run: () =>
        during(command, { closesAfterMs: heldMs }, async ({ api, process }) => {
          await process.ended;
          await until(async () => api.openStreamCount === 0);
        }),
    },
  ];
}

interface Following {
  readonly api: FlagsmithApi;
  readonly process: StartedProcess;
}

/** Runs the check once the process has opened its stream. */
async function during(
  command: ScriptCommand,
  setup: Omit<StreamSetup, "apiUrl">,
  check: (following: Following) => Promise<void>,
): Promise<void> {
  const api = createFlagsmithApi({ document: environmentDocument, environmentKey, realtime: true });
  const served = await serveFlagsmithApi(api);
  const process = startProcess(command, { apiUrl: served.url, ...setup }, limitMs);
  // Told to whoever waits for it.
  process.ended.catch(() => undefined);
  try {
    await until(async () => api.openStreamCount === 1);
    await check({ api, process });
  } finally {
    process.kill();
    await served.close();
  }
}

function documentsOf({ requests }: FlagsmithApi) {
  return requests.filter(({ path }) => path.includes("environment-document"));
}
