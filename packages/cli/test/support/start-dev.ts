import type { Ports } from "../../src/ports.ts";
import { type Outcome, runCommand, validate, type World } from "./run-command.ts";

/** A dev server that runs in this process. */
export interface RunningDev {
  readonly origin: string;
  readonly apiUrl: string;
  /** The lines so far, which match the schema. */
  readonly lines: () => readonly Readonly<Record<string, unknown>>[];
  /** Changes the file of the document. */
  readonly changeFile: (document: unknown) => Promise<void>;
  readonly stop: () => Promise<Outcome>;
}

/** Starts the command, and waits until it listens. */
export async function startDev(args: readonly string[], world: World = {}): Promise<RunningDev> {
  let output = "";
  let changeFile = async (_document: unknown) => {};
  let onReady = () => {};
  let stop = () => {};
  const isReady = new Promise<void>((resolve) => {
    onReady = resolve;
  });
  const ports: Partial<Ports> = {
    untilStopped: () =>
      new Promise((resolve) => {
        stop = resolve;
      }),
    stdout: {
      isTerminal: false,
      write: (text) => {
        output += text;
        onReady();
      },
    },
    ...world.ports,
  };
  const running = runCommand(["dev", "--json", ...args], { ...world, ports }, (files) => ({
    ...files,
    watch: (path, listener) => {
      changeFile = async (document) => {
        await files.write(path, typeof document === "string" ? document : JSON.stringify(document));
        listener();
      };
      return () => undefined;
    },
  }));
  await Promise.race([isReady, running]);
  const lines = () =>
    output
      .trimEnd()
      .split("\n")
      .map((line) => validate("dev", JSON.parse(line)));
  const [ready] = lines();
  const apiUrl = String(ready?.["apiUrl"]);
  return {
    origin: new URL(apiUrl).origin,
    apiUrl,
    lines,
    changeFile: (document) => changeFile(document),
    stop: () => {
      stop();
      return running;
    },
  };
}

/** A bound against hanging. Changes are pushed and take milliseconds; a poll takes a minute. */
const maxWaitMs = 10_000;

/** Waits until a condition holds. @throws Error if it does not */
export async function soon(condition: () => unknown): Promise<void> {
  const end = performance.now() + maxWaitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
