import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Selection } from "./command-line.ts";
import type { Part } from "./part.ts";
import type { PartReport, ResultGroup } from "./results.ts";

/** Message from the process of a part. */
export type PartMessage =
  | { readonly kind: "group"; readonly group: ResultGroup }
  | { readonly kind: "progress"; readonly line: string }
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "end" };

/** Settings of {@link runPartProcess}. */
export interface PartProcessOptions {
  readonly onOutput: (chunk: string) => void;
  readonly onProgress: (line: string) => void;
  /** Stops the part. */
  readonly signal?: AbortSignal;
  /** Longest time without output or results, in milliseconds. */
  readonly silenceLimitMs?: number;
}

/**
 * Upper bound against a part that hangs. Parts report or print something at least every few minutes, even
 * on a machine that is six times slower; a case that hangs ends by a limit of its own.
 */
const defaultSilenceLimitMs = 20 * 60_000;
/** Lines of output that explain how a process ended. */
const maxTailLines = 30;

const main = resolve(import.meta.dirname, "part-main.ts");

/**
 * Runs a part in a process of its own. Whatever breaks down in it (an uncaught error, an unhandled
 * rejection, a crash, a process that never ends) counts as exactly one failure. Never rejects.
 */
export function runPartProcess(
  { name, module }: Pick<Part, "name" | "module">,
  selection: Pick<Selection, "runtimes" | "caseTexts">,
  { onOutput, onProgress, signal, silenceLimitMs = defaultSilenceLimitMs }: PartProcessOptions,
): Promise<PartReport> {
  const startedAt = performance.now();
  const groups: ResultGroup[] = [];
  const errors: string[] = [];
  let tail: string[] = [];
  let hasEnded = false;
  let isTooSilent = false;

  const child = spawn(process.execPath, [main, module, JSON.stringify(selection)], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own, so that a kill reaches the processes that the part has started.
    detached: process.platform !== "win32",
  });
  const silence = setTimeout(() => {
    isTooSilent = true;
    killGroup(child);
  }, silenceLimitMs);
  const onAbort = () => killGroup(child);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();

  const read = (chunk: string) => {
    silence.refresh();
    tail = [...tail, ...chunk.split("\n")].slice(-maxTailLines);
    onOutput(chunk);
  };
  child.stdout?.setEncoding("utf8").on("data", read);
  child.stderr?.setEncoding("utf8").on("data", read);
  child.on("message", (message: PartMessage) => {
    silence.refresh();
    if (message.kind === "group") groups.push(message.group);
    else if (message.kind === "progress") onProgress(message.line);
    else if (message.kind === "error") errors.push(message.text);
    else hasEnded = true;
  });

  return new Promise((done) => {
    const finish = (breakdown?: ResultGroup) => {
      clearTimeout(silence);
      signal?.removeEventListener("abort", onAbort);
      if (breakdown !== undefined) groups.push(breakdown);
      done({ part: name, groups, seconds: (performance.now() - startedAt) / 1000 });
    };
    child.once("error", (error) =>
      finish(createFailure([`the process could not be started: ${error.message}`])),
    );
    // Processes that the part has left behind must not disturb other parts.
    child.once("exit", () => killGroup(child));
    // Messages may arrive after the exit, until the channel is closed.
    const closed = once(child, "close").then(([code, name]) => name ?? code);
    const disconnected = once(child, "disconnect");
    void Promise.all([closed, disconnected]).then(([end]) => {
      if (isTooSilent)
        return finish(
          createFailure([`stopped after ${silenceLimitMs / 1000} s without output`, ...tail]),
        );
      if (errors.length > 0) return finish(createFailure(errors));
      if (hasEnded && end === 0) return finish();
      if (signal?.aborted) return finish(createSkip("the run was interrupted"));
      const reason = `the process ended with ${typeof end === "number" ? `exit code ${end}` : end}`;
      finish(createFailure([reason, ...tail]));
    });
  });
}

function createFailure(lines: readonly string[]): ResultGroup {
  const failure = lines.join("\n").trimEnd();
  return { name: "", passed: 0, failures: [{ name: "runs to its end", failure }], skips: [] };
}

function createSkip(reason: string): ResultGroup {
  return { name: "", passed: 0, failures: [], skips: [{ name: "runs to its end", reason }] };
}

/** Kills a process and those that it has started. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
    else if (child.exitCode === null) spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"]);
  } catch {
    // The group is gone.
  }
}
