import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { findFreePort } from "runtimes/free-port";
import { assertResponses, createItemsPath, limitMs } from "./example-responses.ts";

/** A command line that runs an example in its folder: `program ...args script`. */
interface ExampleCommand {
  readonly program: string;
  readonly args?: readonly string[] | undefined;
  /** Folder of all copied examples. */
  readonly root: string;
  readonly example: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

interface RunningExample {
  readonly child: ChildProcess;
  /** Resolves when the process has ended. */
  readonly end: Promise<{
    /** Exit code or signal. */
    readonly code: number | string;
    readonly stdout: string;
    /** Standard output and standard error. */
    readonly output: string;
  }>;
}

/** Requests of an attacker: no error of them may end a server. */
const oddPaths = [createItemsPath(""), createItemsPath("%20"), "//", "/items?user=a&user=b"];

/** Starts an example that listens, checks its responses, and expects it to end after SIGTERM, with this code. */
export async function checkServer(
  command: ExampleCommand,
  exit: number | string = 0,
): Promise<void> {
  const port = await findFreePort();
  const { child, end } = start({ ...command, env: { ...command.env, PORT: String(port) } });
  try {
    const origin = `http://127.0.0.1:${port}`;
    await waitUntilListening(origin, child);
    for (const path of oddPaths) await (await get(origin + path)).text();
    await assertResponses(async (user) => (await get(origin + createItemsPath(user))).text());
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${error}\n${(await end).output}`);
  }
  child.kill("SIGTERM");
  const { code, output } = await end;
  // Windows has no signals: it terminates the process.
  const expected = process.platform === "win32" ? "SIGTERM" : exit;
  if (code !== expected) throw new Error(`After SIGTERM it ended with ${code}.\n${output}`);
}

/** Runs an example that prints the flags of the user on its command line, and checks its output. */
export function checkScript(command: ExampleCommand): Promise<void> {
  return assertResponses((user) => runToEnd(command, user));
}

/** Runs a command and returns its standard output. @throws Error if it fails */
async function runToEnd(command: ExampleCommand, ...args: string[]): Promise<string> {
  const { code, stdout, output } = await start(command, args).end;
  if (code !== 0) throw new Error(`It ended with ${code}.\n${output}`);
  return stdout;
}

/** Starts a process, and kills it after the limit. */
function start(
  { program, args = [], root, example, script, env }: ExampleCommand,
  scriptArgs: readonly string[] = [],
): RunningExample {
  const child = spawn(program, [...args, script, ...scriptArgs], {
    cwd: join(root, example),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let output = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const end = once(child, "close").then(([code, signal]) => ({
    code: code ?? signal,
    stdout,
    output,
  }));
  return { child, end: end.finally(() => clearTimeout(limit)) };
}

async function waitUntilListening(origin: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      await (await get(origin)).text();
      return;
    } catch {
      await wait(20);
    }
  }
  throw new Error("It ended before it listened.");
}

function get(url: string): Promise<Response> {
  return fetch(url, { signal: AbortSignal.timeout(limitMs) });
}
