import { type Command, jsonOption } from "../command.ts";
import { type Check, skip } from "../doctor/check.ts";
import { checkApi } from "../doctor/check-api.ts";
import { checkRealtime } from "../doctor/check-realtime.ts";
import { checkSettings } from "../doctor/check-settings.ts";
import { checkStore } from "../doctor/check-store.ts";
import { exitCodes } from "../exit-code.ts";
import type { Ports } from "../ports.ts";
import { apiOptions, parseUrl, readSettings } from "../settings.ts";
import { count, createPaint, escapeControls, printJson } from "../text.ts";

/** Checks everything that a client needs. */
export const doctorCommand: Command = {
  name: "doctor",
  summary: "Checks the settings, the API, the document, realtime updates and a store",
  details: "Exits with 3 if a check fails. Warnings do not change the exit code.",
  options: [
    {
      flags: "--realtime-url <url>",
      description: "the realtime service of a self-hosted Flagsmith",
    },
    {
      flags: "--store <path>",
      description: "the store of the application: a folder, or the file of a record",
      isPath: true,
    },
    ...apiOptions,
    jsonOption,
  ],
  examples: [
    "doctor",
    "doctor --api-url https://flags.example.com/api/v1/ --realtime-url https://realtime.example.com/",
    "doctor --store .cache/flagsmith --json",
  ],
  run: async (input, ports) => {
    const settings = await readSettings(input, ports);
    const realtimeUrl = input.text("realtime-url");
    if (realtimeUrl !== undefined) parseUrl(realtimeUrl, "--realtime-url");
    const first = checkSettings(settings, ports);
    const canAsk = first.every(({ status }) => status !== "failed");
    const { checks, document } = canAsk
      ? await checkApi(settings, ports)
      : { checks: ["api", "clock", "size", "conditions"].map((name) => skip(name, "needs a key")) };
    const all: readonly Check[] = [
      ...first,
      ...checks,
      await checkRealtime(document, { settings, realtimeUrl }, ports),
      canAsk
        ? await checkStore(input.text("store"), { settings, document }, ports)
        : skip("store", "needs a key"),
    ];
    if (input.has("json")) printJson(ports.stdout, { checks: all });
    else printChecks(all, ports);
    return all.some(({ status }) => status === "failed") ? exitCodes.finding : exitCodes.success;
  },
};

const marks = { ok: "✓", warning: "!", failed: "✗", skipped: "·" } as const;
const colours = { ok: "green", warning: "yellow", failed: "red", skipped: "dim" } as const;

function printChecks(checks: readonly Check[], { stdout, env }: Ports): void {
  const paint = createPaint(stdout, env);
  for (const { name, status, message, advice } of checks) {
    const mark = paint(marks[status], colours[status]);
    stdout.write(`${mark} ${name.padEnd(10)}  ${escapeControls(message)}\n`);
    if (advice !== null) stdout.write(`${" ".repeat(14)}${escapeControls(advice)}\n`);
  }
  const number = (status: Check["status"]) => checks.filter((one) => one.status === status).length;
  const summary = `${number("ok")} ok, ${count(number("warning"), "warning")}, ${number("failed")} failed, ${number("skipped")} skipped`;
  stdout.write(`${summary}\n`);
}
