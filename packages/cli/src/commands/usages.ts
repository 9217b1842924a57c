import { resolve } from "node:path";
import {
  type FileUsages,
  findMentions,
  findUsagesInPage,
  findUsagesInScript,
  type Usage,
} from "../code-usages.ts";
import { type Command, jsonOption } from "../command.ts";
import { listParts } from "../document-parts.ts";
import { documentOptions, loadDocument, printProblems } from "../environment-document.ts";
import { exitCodes } from "../exit-code.ts";
import type { Ports } from "../ports.ts";
import { withProgress } from "../progress.ts";
import { listSourceFiles, type SourceFile } from "../source-files.ts";
import { count, createPaint, escapeControls, printJson, printWarning } from "../text.ts";

/** Compares the features in source code with the document. */
export const usagesCommand: Command = {
  name: "usages",
  summary: "Lists the features that the source code names, and those that it does not",
  details:
    "Searches JavaScript, TypeScript, Vue, Svelte, Astro and HTML for calls that read flags, and other languages for the names of features. Files that Git ignores are left out.",
  arguments: [
    {
      name: "[path...]",
      description: "files and folders (default: the working directory)",
      isPath: true,
    },
  ],
  options: [
    {
      flags: "--unknown",
      description:
        "list features of the code that the document does not have; exit with 3 if there are any",
    },
    {
      flags: "--unused",
      description:
        "list features of the document that the code does not name; exit with 3 if there are any",
    },
    {
      flags: "--ignore <pattern>",
      description: "leave out files, as in .gitignore; may be repeated",
      isRepeatable: true,
    },
    ...documentOptions,
    jsonOption,
  ],
  examples: [
    "usages src",
    "usages --unknown --document environment.json",
    "usages --unused --ignore '*.test.ts' --json",
  ],
  run: async (input, ports) => {
    const loaded = await loadDocument(input, ports);
    printProblems(loaded, ports);
    const known = new Set(listParts(loaded.document).features.map(({ feature }) => feature.name));
    const paths = input.arguments.length > 0 ? input.arguments : ["."];
    const search = async () => {
      const files = await listSourceFiles(paths, input.list("ignore"), ports);
      return { files, found: await searchFiles(files, known, ports) };
    };
    const { files, found } = await withProgress(ports, "Searching the source code", search());
    const result = createResult(files, found, known);
    const kinds = (["unknown", "unused"] as const).filter((kind) => input.has(kind));
    if (input.has("json")) printJson(ports.stdout, result);
    else if (kinds.length === 0) printAll(result, ports);
    else for (const kind of kinds) printFindings(kind, result, ports);
    if (result.computedCalls.length > 0 && !input.has("json")) {
      const [first = ""] = result.computedCalls;
      printWarning(
        ports.stderr,
        `${count(result.computedCalls.length, "call")} with a computed name, for example ${first}: its features may count as unused.`,
      );
    }
    const isFinding = kinds.some((kind) => result[kind].length > 0);
    return isFinding ? exitCodes.finding : exitCodes.success;
  },
};

/** A file with the features that it names. */
interface SearchedFile extends FileUsages {
  readonly file: string;
}

/** Longer files are bundles. */
const maxFileCharacters = 2_000_000;

async function searchFiles(
  files: readonly SourceFile[],
  known: ReadonlySet<string>,
  ports: Ports,
): Promise<readonly SearchedFile[]> {
  const found: SearchedFile[] = [];
  for (const { path, kind } of files) {
    const text = await ports.files.read(resolve(ports.cwd, path)).catch(() => undefined);
    if (text === undefined) printWarning(ports.stderr, `${path} cannot be read.`);
    if (text === undefined || text.length > maxFileCharacters) continue;
    const search = {
      script: () => findUsagesInScript(text, known),
      jsx: () => findUsagesInScript(text, known, { jsx: true }),
      page: () => findUsagesInPage(text, known),
      text: () => ({ usages: findMentions(text, known), computed: [] }),
    };
    found.push({ file: path, ...search[kind]() });
  }
  return found;
}

type Result = ReturnType<typeof createResult>;

function createResult(
  files: readonly SourceFile[],
  found: readonly SearchedFile[],
  known: ReadonlySet<string>,
) {
  const byFeature = new Map<string, (Omit<Usage, "feature"> & { readonly file: string })[]>();
  for (const { file, usages } of found) {
    for (const { feature, line, kind } of usages) {
      const list = byFeature.get(feature) ?? [];
      byFeature.set(feature, list);
      list.push({ file, line, kind });
    }
  }
  const describe = (feature: string) => ({
    feature,
    usages: (byFeature.get(feature) ?? []).sort((a, b) =>
      a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1,
    ),
  });
  const features = Array.from(known, describe);
  return {
    files: files.length,
    features,
    unknown: [...byFeature.keys()]
      .filter((name) => !known.has(name))
      .sort()
      .map(describe),
    // A definition alone is no use.
    unused: features
      .filter((feature) => feature.usages.every(({ kind }) => kind === "definition"))
      .map(({ feature }) => feature),
    computedCalls: found.flatMap(({ file, computed }) => computed.map((line) => `${file}:${line}`)),
  };
}

const maxPlaces = 3;

function formatFeature({ feature, usages }: Result["features"][number]): string {
  const places = usages.slice(0, maxPlaces).map(({ file, line }) => `${file}:${line}`);
  const rest = usages.length - places.length;
  const list = [...places, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
  return `${escapeControls(feature)}  ${escapeControls(list)}`;
}

function printAll(result: Result, { stdout, env }: Ports): void {
  const paint = createPaint(stdout, env);
  const unused = new Set(result.unused);
  for (const entry of result.features) {
    if (unused.has(entry.feature)) continue;
    stdout.write(`${formatFeature(entry)}\n`);
  }
  for (const entry of result.unknown) {
    stdout.write(`${paint("unknown", "red")} ${formatFeature(entry)}\n`);
  }
  for (const feature of result.unused) {
    stdout.write(`${paint("unused", "yellow")}  ${escapeControls(feature)}\n`);
  }
  const used = result.features.length - result.unused.length;
  stdout.write(
    `${used} of ${count(result.features.length, "feature")} used, ${result.unknown.length} unknown, in ${count(result.files, "file")}\n`,
  );
}

function printFindings(kind: "unknown" | "unused", result: Result, { stdout }: Ports): void {
  const lines =
    kind === "unknown" ? result.unknown.map(formatFeature) : result.unused.map(escapeControls);
  for (const line of lines) stdout.write(`${line}\n`);
}
