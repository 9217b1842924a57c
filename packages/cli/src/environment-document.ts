import { resolve } from "node:path";
import { compileEnvironmentDocument } from "@flagsmith-isomorphic/core/engine";
import { type EnvironmentDocument, Flagsmith, type FlagsmithOptions } from "flagsmith-isomorphic";
import type { CommandInput, CommandOption } from "./command.ts";
import { CommandError, createUsageError, withErrorCode } from "./exit-code.ts";
import type { Ports } from "./ports.ts";
import { withProgress } from "./progress.ts";
import {
  apiOptions,
  environmentKeyVariable,
  readSettings,
  requireKey,
  type Settings,
} from "./settings.ts";
import { printWarning } from "./text.ts";

/** Options of commands that need an environment document. */
export const documentOptions: readonly CommandOption[] = [
  {
    flags: "--document <file>",
    description: "an environment document (- for standard input), instead of the API's",
    isPath: true,
  },
  ...apiOptions,
];

/** An environment document, and where it comes from. */
export interface LoadedDocument {
  readonly document: EnvironmentDocument;
  /** The path of a file, or the URL of the API. */
  readonly source: string;
  /** The messages about parts that the engine ignores. */
  readonly problems: readonly string[];
}

/** Reads the document of the option `--document`, or loads it from the API. @throws CommandError */
export async function loadDocument(input: CommandInput, ports: Ports): Promise<LoadedDocument> {
  const path = input.text("document");
  if (path !== undefined) return readDocumentFile(path, ports);
  return downloadDocument(await readSettings(input, ports), ports);
}

/** Reads a document from a file, or from standard input. @throws CommandError */
export async function readDocumentFile(path: string, ports: Ports): Promise<LoadedDocument> {
  const isStdin = path === "-";
  const source = isStdin ? "standard input" : path;
  const read = isStdin ? ports.readStdin() : ports.files.read(resolve(ports.cwd, path));
  const text = await withErrorCode(read, `${source} cannot be read`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new CommandError(`${source} is not JSON.`);
  }
  return checkDocument(document, source);
}

/** Loads all pages of the document. @throws CommandError without a server-side key */
export async function downloadDocument(settings: Settings, ports: Ports): Promise<LoadedDocument> {
  if (!requireKey(settings).startsWith("ser.")) {
    throw createUsageError(
      `The environment document needs a server-side key (ser.…) in ${environmentKeyVariable}, or use --document with a file.`,
    );
  }
  const client = createClient(settings, ports, { enableLocalEvaluation: true });
  try {
    const load = client.getEnvironment();
    const document = await withProgress(ports, "Loading the environment document", load);
    return checkDocument(document, settings.apiUrl);
  } finally {
    await client.close();
  }
}

/** Creates a client for the API. */
export function createClient(
  settings: Settings,
  ports: Ports,
  options: FlagsmithOptions = {},
): Flagsmith {
  return new Flagsmith({
    environmentKey: requireKey(settings),
    apiUrl: settings.apiUrl,
    requestTimeoutSeconds: settings.timeoutSeconds,
    requestDeadlineSeconds: settings.timeoutSeconds * 2,
    fetch: ports.fetch,
    logger: createLogger(ports),
    ...options,
  });
}

/** Creates a client that evaluates a document, without the network. It need not be closed. */
export function createOfflineClient(document: EnvironmentDocument): Flagsmith {
  return new Flagsmith({
    offlineMode: true,
    offlineHandler: { getEnvironment: () => document },
    // The problems of a document are printed once, when it is loaded.
    logLevel: "silent",
  });
}

/** Prints the problems of a document. */
export function printProblems({ problems }: LoadedDocument, { stderr }: Ports): void {
  for (const problem of problems) printWarning(stderr, problem);
}

function checkDocument(document: unknown, source: string): LoadedDocument {
  const problems: string[] = [];
  const onProblem = ({ message }: { readonly message: string }) => problems.push(message);
  const compiled = compileEnvironmentDocument(document as EnvironmentDocument, onProblem);
  if (compiled.refused !== undefined) {
    const place = compiled.refused === "" ? "" : ` at ${compiled.refused}`;
    throw new CommandError(`${source} is not an environment document${place}.`);
  }
  compiled.problems.forEach(onProblem);
  return { document: document as EnvironmentDocument, source, problems };
}

/** Errors are thrown as well, so that only warnings are printed. */
function createLogger({ stderr }: Ports) {
  return {
    warn: (message: string) => printWarning(stderr, message),
    error: () => undefined,
  };
}
