// Runs one part in a process of its own: node part-main.ts <module> <selection as JSON>
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import type { RunPart } from "./part.ts";
import type { PartMessage } from "./part-process.ts";

const [, , module = "", selection = "{}"] = process.argv;

function send(message: PartMessage): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  process.exitCode = 1;
  const text = error instanceof Error ? (error.stack ?? String(error)) : inspect(error);
  if (process.connected) send({ kind: "error", text });
  else console.error(text);
}

// The part goes on: one error must not hide the results of other tests.
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
// The runner was killed: end this process and those that it started.
process.once("disconnect", stopGroup);
// A part that waits for nothing ends the process, which is a failure. The channel must not keep it alive.
process.channel?.unref();

try {
  const { run } = (await import(pathToFileURL(module).href)) as { readonly run: RunPart };
  await run(JSON.parse(selection), {
    group: (group) => send({ kind: "group", group }),
    progress: (line) => send({ kind: "progress", line }),
  });
} catch (error) {
  fail(error);
}
// Disconnects once all messages are sent. The process then has to end by itself.
process.send?.({ kind: "end" } satisfies PartMessage, () => {
  process.off("disconnect", stopGroup);
  process.disconnect();
});

function stopGroup(): void {
  if (process.platform === "win32") process.exit(1);
  process.kill(-process.pid, "SIGKILL");
}
