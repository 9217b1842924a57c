import { resolve } from "node:path";
import type { WireDocument } from "@flagsmith-isomorphic/testing";
import { type Command, jsonOption } from "../command.ts";
import { DevServer } from "../dev/dev-server.ts";
import { parseOverride } from "../dev/overrides.ts";
import {
  documentOptions,
  loadDocument,
  printProblems,
  readDocumentFile,
} from "../environment-document.ts";
import {
  CommandError,
  createUnknownFeatureError,
  createUsageError,
  exitCodes,
  withErrorCode,
} from "../exit-code.ts";
import type { Ports } from "../ports.ts";
import { createPaint, escapeControls, printWarning } from "../text.ts";

/** Serves the API on this machine. */
export const devCommand: Command = {
  name: "dev",
  summary: "Serves the flags of a document on this machine, with a page to change them",
  details:
    "Answers only requests of this machine, with any environment key. A changed --document file is read again.",
  options: [
    { flags: "--port <number>", description: "the port to listen on (default: any free port)" },
    {
      flags: "--set <feature=value>",
      description: "start with an override: on, off or a value; may be repeated",
      isRepeatable: true,
    },
    ...documentOptions,
    { ...jsonOption, description: "print one JSON object per line" },
  ],
  examples: [
    "dev --document environment.json --port 8100",
    "dev --set dark_mode=on --set max_items=40",
    "dev --document environment.json --json",
  ],
  run: async (input, ports) => {
    const port = Number(input.text("port") ?? 0);
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
      throw createUsageError("--port must be a number from 0 to 65535.");
    }
    const loaded = await loadDocument(input, ports);
    printProblems(loaded, ports);
    const print = createPrinter(input.has("json"), ports);
    const server = createServer(loaded.document as WireDocument, ({ event, message }) => {
      server.announce(print(event, message));
    });
    for (const [feature, change] of input.list("set").map(parseOverride)) {
      if (!server.override(feature, change)) throw createUnknownFeatureError(feature);
    }
    const served = await withErrorCode(
      ports.serve((request) => server.handle(request), port),
      `Port ${port} cannot be used`,
    );
    const reload = async (changed: string) => {
      try {
        const read = await readDocumentFile(changed, ports);
        server.setDocument(read.document as WireDocument);
        printProblems(read, ports);
        print("document", `read ${changed} again`);
      } catch (error) {
        printWarning(ports.stderr, `${(error as Error).message} The previous document stays.`);
      }
    };
    const path = input.text("document");
    // One after the other: an earlier version must not replace a later one.
    let reloads = Promise.resolve();
    try {
      const stopWatching =
        path === undefined || path === "-"
          ? () => undefined
          : ports.files.watch(resolve(ports.cwd, path), () => {
              reloads = reloads.then(() => reload(path));
            });
      const stopped = ports.untilStopped();
      print("ready", `listens on ${served.origin}`, {
        page: `${served.origin}/`,
        apiUrl: `${served.origin}/api/v1/`,
        realtimeApiUrl: `${served.origin}/`,
      });
      await stopped;
      stopWatching();
    } finally {
      await served.close();
    }
    return exitCodes.success;
  },
};

/** @throws CommandError for a document that the engine evaluates in part, but the API cannot serve */
function createServer(...parameters: ConstructorParameters<typeof DevServer>): DevServer {
  try {
    return new DevServer(...parameters);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
}

/** Returns the line without colours. */
function createPrinter(isJson: boolean, { stdout, env, now }: Ports) {
  const paint = createPaint(stdout, env);
  return (
    event: string,
    message: string,
    details: Readonly<Record<string, string>> = {},
  ): string => {
    const time = new Date(now());
    const clock = time.toTimeString().slice(0, 8);
    const text = escapeControls(message);
    if (isJson) {
      const line = { event, time: time.toISOString(), message: text, ...details };
      stdout.write(`${JSON.stringify(line)}\n`);
    } else {
      stdout.write(`${paint(clock, "dim")}  ${text}\n`);
      for (const [name, value] of Object.entries(details)) {
        stdout.write(`          ${name.padEnd(16)}${value}\n`);
      }
    }
    return `${clock}  ${text}`;
  };
}
