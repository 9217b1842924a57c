import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Fetch } from "flagsmith-isomorphic";
import { commands } from "../../src/commands/index.ts";
import { createNodePorts } from "../../src/node-ports.ts";
import type { Ports } from "../../src/ports.ts";
import { runCli } from "../../src/run-cli.ts";

/** The environment of a command. Paths are relative to the working directory, `/project`. */
export interface World {
  readonly files?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** @defaultValue a network that is down */
  readonly fetch?: Fetch;
  readonly isTerminal?: boolean;
  readonly ports?: Partial<Ports>;
}

/** The effects of a command. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as JSON, which matches the schema of the command. */
  readonly json: () => Readonly<Record<string, unknown>>;
  /** A file that the command has written. */
  readonly written: (path: string) => string;
}

const cwd = "/project";
const validators = new Map<string, ValidateFunction>();
const schemas = resolve(import.meta.dirname, "../../schemas");

/** Runs a command in this process. */
export async function runCommand(
  args: readonly string[],
  world: World = {},
  adaptFiles: (files: Ports["files"]) => Ports["files"] = (files) => files,
): Promise<Outcome> {
  const output = { stdout: "", stderr: "" };
  const files = createFiles(world.files);
  const capture = (name: "stdout" | "stderr") => ({
    isTerminal: world.isTerminal ?? false,
    write: (text: string) => {
      output[name] += text;
    },
  });
  const ports: Ports = {
    stdout: capture("stdout"),
    stderr: capture("stderr"),
    readStdin: async () => world.stdin ?? "",
    env: world.env ?? {},
    cwd,
    fetch: world.fetch ?? (() => Promise.reject(new TypeError("fetch failed"))),
    files: adaptFiles(files.port),
    now: () => Date.parse("2026-11-28T12:00:00Z"),
    monotonicNow: () => 0,
    every: () => () => undefined,
    serve: createNodePorts().serve,
    untilStopped: () => new Promise(() => undefined),
    ...world.ports,
  };
  const exitCode = await runCli(args, ports, commands);
  return {
    ...output,
    exitCode,
    json: () => validate(args[0] ?? "", JSON.parse(output.stdout)),
    written: (path) => files.contents.get(resolve(cwd, path)) ?? "",
  };
}

/** Checks JSON against the published schema of a command. @throws Error */
export function validate(command: string, value: unknown): Readonly<Record<string, unknown>> {
  const check = validators.get(command) ?? compileSchema(command);
  validators.set(command, check);
  if (!check(value)) throw new Error(JSON.stringify(check.errors));
  return value as Readonly<Record<string, unknown>>;
}

function compileSchema(command: string): ValidateFunction {
  const schema = JSON.parse(readFileSync(resolve(schemas, `${command}.json`), "utf8"));
  return new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
}

function createFiles(given: Readonly<Record<string, unknown>> = {}) {
  const contents = new Map(
    Object.entries(given).map(([path, content]) => [
      resolve(cwd, path),
      typeof content === "string" ? content : JSON.stringify(content),
    ]),
  );
  const fail = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));
  const port: Ports["files"] = {
    read: async (path) => contents.get(path) ?? fail("ENOENT"),
    write: async (path, text) => {
      if (path.includes("missing-folder")) await fail("ENOENT");
      contents.set(path, text);
    },
    exists: async (path) => [...contents.keys()].some((key) => `${key}/`.startsWith(`${path}/`)),
    isFile: async (path) => contents.has(path),
    list: async (path) => {
      if (contents.has(path)) return undefined;
      const entries = new Map<string, { readonly name: string; readonly isFolder: boolean }>();
      for (const key of contents.keys()) {
        if (!key.startsWith(`${path}/`)) continue;
        const [name = ""] = key.slice(path.length + 1).split("/");
        entries.set(name, { name, isFolder: dirname(key) !== path });
      }
      return entries.size > 0 ? [...entries.values()] : fail("ENOENT");
    },
    watch: () => () => undefined,
  };
  return { contents, port };
}
