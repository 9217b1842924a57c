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

/** Far longer than a process without an open stream takes to end, in milliseconds. */
const openMs = 3000;

/** Creates the cases about a process whose only work is an open realtime stream. */
export function createStreamEndCases(command: ScriptCommand): readonly PlainCase[] {
  return [
    {
      name: "realtime: an open stream keeps a process alive and receives changes",
      run: () =>
        withStreamingProcess(command, {}, async ({ api, process }) => {
          const outcome = await Promise.race([process.ended, wait(openMs, "alive")]);
          expect(outcome).to.equal("alive");
          const { length } = listDocumentRequests(api);
          api.updateDocument(() => undefined);
          await until(async () => listDocumentRequests(api).length > length);
        }),
    },
    {
      name: "realtime: a process ends by itself once its stream is closed",
      run: () =>
        withStreamingProcess(command, { closesAfterMs: openMs }, async ({ api, process }) => {
          await process.ended;
          await until(async () => api.openStreamCount === 0);
        }),
    },
  ];
}

/** Runs the check once the process has opened its stream. */
async function withStreamingProcess(
  command: ScriptCommand,
  setup: Omit<StreamSetup, "apiUrl">,
  check: (streaming: {
    readonly api: FlagsmithApi;
    readonly process: StartedProcess;
  }) => Promise<void>,
): Promise<void> {
  const api = createFlagsmithApi({ document: environmentDocument, environmentKey, realtime: true });
  const served = await serveFlagsmithApi(api);
  const process = startProcess(command, { apiUrl: served.url, ...setup });
  // The kill below rejects it, after the check has stopped waiting.
  process.ended.catch(() => undefined);
  try {
    await until(async () => api.openStreamCount === 1);
    await check({ api, process });
  } finally {
    process.kill();
    await served.close();
  }
}

function listDocumentRequests({ requests }: FlagsmithApi) {
  return requests.filter(({ path }) => path.includes("environment-document"));
}
