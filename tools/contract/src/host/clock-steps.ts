import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { expect } from "chai";
import { environmentDocument } from "recordings";
import { environmentKey } from "../client.ts";
import {
  type ClockStepResult,
  type ClockStepSample,
  type ClockStepSetup,
  hangingLimits,
} from "../clock-steps.ts";
import type { PlainCase } from "../contract.ts";
import type { ScriptCommand } from "./run-command.ts";

const hourMs = 3_600_000;

/** Room for slow machines. */
const toleranceMs = 3000;

/** Returns the library that gives a process a system clock of its own, or `undefined`. */
function findClockLibrary(): string | undefined {
  if (!existsSync("/usr/lib")) return undefined;
  // Debian has a folder for each architecture.
  const folders = ["/usr/lib", ...readdirSync("/usr/lib").map((name) => join("/usr/lib", name))];
  const paths = folders.map((folder) => join(folder, "faketime/libfaketime.so.1"));
  return paths.find((path) => existsSync(path));
}

/** Creates the cases about a system clock that is set while a process works. Only this process is affected. */
export function createClockStepCases(command: ScriptCommand): readonly PlainCase[] {
  const library = findClockLibrary();
  const skipReason = "libfaketime is not installed (Debian: apt-get install libfaketime)";
  return [["back", -hourMs] as const, ["forward", hourMs] as const].map(([direction, stepMs]) => ({
    ...(library === undefined && { skipReason }),
    name: `clock set ${direction} by an hour: calls, polls, reports and leases keep their times`,
    run: async () => {
      const { result, ages, loads } = await runClockStep(command, { stepMs, library });
      // Evidence for the output of the run.
      console.log(
        `clock set ${direction}: ${JSON.stringify(result)}, ages ${JSON.stringify(ages)}`,
      );
      expect(result.steppedMs).to.be.closeTo(stepMs, 100);
      const deadlineMs = hangingLimits.requestDeadlineSeconds * 1000;
      expect(result.hangingCode).to.equal("API_TIMEOUT");
      expect(result.hangingMs).to.be.within(deadlineMs - 10, deadlineMs + toleranceMs);
      expect(result.retriedValue).to.be.a("number");
      expect(result.retriedMs).to.be.within(990, 1000 + toleranceMs);
      expect(result.reports).to.include({ accepted: 1, pending: 0, dropped: 0 });
      for (const age of Object.values(ages)) expect(age).to.be.below(2000 + toleranceMs);
      expect(loads).to.be.within(4, 40);
    },
  }));
}

/** Runs the script. `ages`: the oldest document that each client used after the step, in milliseconds. */
async function runClockStep(
  { program, args = [], env, script }: ScriptCommand,
  { stepMs, library = "" }: { readonly stepMs: number; readonly library: string | undefined },
) {
  const api = createFlagsmithApi({ document: environmentDocument, environmentKey });
  const unavailable = { kind: "status", status: 503, retryAfter: "1" } as const;
  api.failNext(1, { ...unavailable, path: "/api/v1/flags/" });
  api.failNext(1, { ...unavailable, path: "/analytics/" });
  api.failNext(Number.POSITIVE_INFINITY, { kind: "hang", path: "/identities/" });
  const served = await serveFlagsmithApi(api);
  // Every document names the time at which it was current.
  const changes = setInterval(() => {
    api.updateDocument(({ feature_states }) => {
      for (const state of feature_states) {
        if (state.feature.name === "max_items") state.feature_state_value = Date.now();
      }
    });
  }, 50);
  const folder = await mkdtemp(join(tmpdir(), "clock-"));
  const clockFile = join(folder, "offset");
  await writeFile(clockFile, "+0");
  const setup: ClockStepSetup = { apiUrl: served.url, stepMs, clockFile };
  const child = spawn(program, [...args, script, JSON.stringify(setup)], {
    env: {
      ...process.env,
      ...env,
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ages: Record<string, number> = {};
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const output: ClockStepSample | ClockStepResult = JSON.parse(line);
      if ("steppedMs" in output) {
        const loads = api.requests.filter(({ path }) => path.includes("environment-document"));
        return { result: output, ages, loads: loads.length };
      }
      const age = Date.now() - Number(output.value);
      ages[output.client] = Math.max(ages[output.client] ?? 0, age);
    }
    throw new Error("The process ended without a result.");
  } finally {
    clearInterval(changes);
    child.kill("SIGKILL");
    await served.close();
    await rm(folder, { recursive: true, force: true });
  }
}
