import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { assertAnswers, exampleFolder, limitMs, pathFor } from "./example-answers.ts";

/** A command line that runs an example in its folder: `program ...args script`. */
export interface ExampleCommand {
  readonly program: string;
  readonly args?: readonly string[] | undefined;
  readonly folder: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Started {
  readonly child: ChildProcess;
  /** Its exit code or signal, and all that it printed. */
  readonly end: Promise<{
    readonly code: number | string;
    readonly stdout: string;
    readonly printed: string;
  }>;
}

/** Asks an example that listens, and expects it to end once it is told to. */
export async function askServer(command: ExampleCommand): Promise<void> {
  const port = await freePort();
  const { child, end } = start({ ...command, env: { ...command.env, PORT: String(port) } });
  try {
    const origin = `http://127.0.0.1:${port}`;
    await untilConnected(origin, child);
    await assertAnswers(async (user) => (await get(origin + pathFor(user))).text());
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${error}\n${(await end).printed}`);
  }
  child.kill("SIGTERM");
  const { code, printed } = await end;
  if (code !== 0) throw new Error(`Told to end, it ended with ${code}.\n${printed}`);
}

/** Runs an example that prints its answer for the user on its command line. */
export function askScript(command: ExampleCommand): Promise<void> {
  return assertAnswers((user) => runToEnd(command, user));
}

/** What a command prints, which must end by itself and well. */
export async function runToEnd(command: ExampleCommand, ...args: string[]): Promise<string> {
  const { code, stdout, printed } = await start(command, args).end;
  if (code !== 0) throw new Error(`It ended with ${code}.\n${printed}`);
  return stdout;
}

/** Starts a process that does not outlive its limit. */
function start(
  { program, args = [], folder, script, env }: ExampleCommand,
  more: string[] = [],
): Started {
  const child = spawn(program, [...args, script, ...more], {
    cwd: exampleFolder(folder),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let printed = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
    printed += chunk;
  });
  child.stderr.on("data", (chunk) => {
    printed += chunk;
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const end = once(child, "close").then(([code, signal]) => ({
    code: code ?? signal,
    stdout,
    printed,
  }));
  return { child, end: end.finally(() => clearTimeout(limit)) };
}

async function untilConnected(origin: string, child: ChildProcess): Promise<void> {
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
