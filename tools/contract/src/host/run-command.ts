import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type ContractResult, maxCaseMs } from "../contract.ts";
import type { SuiteLine } from "../suite-output.ts";

/**
 * Longest time between two lines, in milliseconds. Each case ends by itself before: only a process that
 * no longer runs its timers reaches this limit.
 */
const defaultSilenceLimitMs = 3 * maxCaseMs;
/** Time for a process to end after its last line, in milliseconds: an upper bound against hanging. */
const defaultExitLimitMs = 60_000;
/** Lines that explain how a process ended. */
const maxTailLines = 20;

/** A command line that runs a script: `program ...args script`. */
export interface ScriptCommand {
  readonly program: string;
  readonly args?: readonly string[];
  /** Environment variables, besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly script: string;
}

/** Limits of {@link runScript}, in milliseconds. */
export interface ScriptLimits {
  readonly silenceLimitMs?: number;
  readonly exitLimitMs?: number;
}

/**
 * Runs a suite script in a process of its own. Returns the results that it printed and whether the process
 * ended by itself after the last one. Whatever breaks down is exactly one failure. Never rejects.
 */
export async function runScript(
  command: ScriptCommand,
  setup: object,
  limits?: ScriptLimits,
): Promise<ContractResult[]> {
  try {
    return await watchScript(command, setup, limits);
  } catch (error) {
    return [{ name: "the suite runs to its end", failure: String(error) }];
  }
}

function watchScript(
  { program, args = [], env, script }: ScriptCommand,
  setup: object,
  { silenceLimitMs = defaultSilenceLimitMs, exitLimitMs = defaultExitLimitMs }: ScriptLimits = {},
): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  let tail: string[] = [];
  const running = new Set<string>();
  let last: string | undefined;
  let isDone = false;
  let killReason: string | undefined;

  const child = spawn(program, [...args, script, JSON.stringify(setup)], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (reason: string) => {
    killReason ??= reason;
    child.kill("SIGKILL");
  };
  const silence = setTimeout(() => kill(`no line for ${silenceLimitMs} ms`), silenceLimitMs);
  let exitLimit: NodeJS.Timeout | undefined;
  const remember = (line: string) => {
    tail = [...tail, line].slice(-maxTailLines);
  };
  createInterface({ input: child.stderr }).on("line", remember);
  createInterface({ input: child.stdout }).on("line", (text) => {
    silence.refresh();
    const line = parseLine(text);
    if (line === undefined) remember(text);
    else if ("started" in line) running.add(line.started);
    else if ("isDone" in line) {
      isDone = true;
      const onLimit = () => kill(`still alive ${exitLimitMs} ms after its last line`);
      exitLimit = setTimeout(onLimit, exitLimitMs);
    } else {
      running.delete(line.name);
      last = line.name;
      results.push(line);
    }
  });

  return new Promise((resolve) => {
    const finish = (end: string | undefined) => {
      clearTimeout(silence);
      clearTimeout(exitLimit);
      const name = isDone ? "the process ends by itself" : "the suite runs to its end";
      if (end === undefined) return resolve([...results, { name }]);
      const place = isDone ? "" : ` ${describePlace(running, last)}`;
      resolve([...results, { name, failure: [`${end}${place}`, ...tail].join("\n") }]);
    };
    child.once("error", (error) => finish(error.message));
    child.once("close", (code, signal) => {
      if (killReason !== undefined) return finish(killReason);
      if (!isDone || code !== 0) return finish(`it ended with ${signal ?? `exit code ${code}`}`);
      finish(undefined);
    });
  });
}

function describePlace(running: ReadonlySet<string>, last: string | undefined): string {
  if (running.size > 0) return [...running].map((name) => `during the case "${name}"`).join(", ");
  return last === undefined ? "at its start" : `after the case "${last}"`;
}

/** Returns `undefined` for output that is not a line of the suite. */
function parseLine(text: string): SuiteLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line !== "object" || line === null) return undefined;
    return ["name", "started", "isDone"].some((key) => key in line)
      ? (line as SuiteLine)
      : undefined;
  } catch {
    return undefined;
  }
}
