import { resolve } from "node:path";
import { type Command, type CommandInput, jsonOption } from "../command.ts";
import { parseIdentities, type SampleIdentity } from "../csv.ts";
import {
  compareDocuments,
  type FeatureChange,
  type FlagState,
  isSame,
} from "../document-difference.ts";
import { listParts } from "../document-parts.ts";
import {
  createOfflineClient,
  downloadDocument,
  type LoadedDocument,
  readDocumentFile,
} from "../environment-document.ts";
import { createUsageError, exitCodes, withErrorCode } from "../exit-code.ts";
import type { Ports } from "../ports.ts";
import { withProgress } from "../progress.ts";
import { apiOptions, readSettings } from "../settings.ts";
import {
  count,
  createPaint,
  cutCommonStart,
  escapeControls,
  printJson,
  printWarning,
  quoteValue,
} from "../text.ts";

/** Compares two documents. */
export const diffCommand: Command = {
  name: "diff",
  summary: "Lists the flags that differ between two documents, and for whom",
  details:
    "Without NEW, compares with the document of the API. Without --identities, the sample consists of the identities with overrides.",
  arguments: [
    { name: "<old>", description: "an environment document (- for standard input)", isPath: true },
    { name: "[new]", description: "another one (default: that of the API)", isPath: true },
  ],
  options: [
    {
      flags: "--identities <file>",
      description: "CSV with the column identifier, and a column for each trait",
      isPath: true,
    },
    { flags: "--limit <number>", description: "identities to list for each flag (default: 5)" },
    { flags: "--exit-code", description: "exit with 3 if there are differences" },
    ...apiOptions,
    { ...jsonOption, description: "print JSON instead of text, with all identities" },
  ],
  examples: [
    "diff yesterday.json today.json",
    "diff saved.json --identities sample.csv --exit-code",
    "diff staging.json production.json --json",
  ],
  run: async (input, ports) => {
    const limit = readLimit(input);
    const [oldPath = "", newPath] = input.arguments;
    if (oldPath === "-" && newPath === "-") {
      throw createUsageError("Only one of the documents can be read from standard input.");
    }
    const from = await readDocumentFile(oldPath, ports);
    const to =
      newPath === undefined
        ? await downloadDocument(await readSettings(input, ports), ports)
        : await readDocumentFile(newPath, ports);
    if (from.document.api_key !== to.document.api_key) {
      printWarning(
        ports.stderr,
        "The documents are of different environments. Percentage splits differ between environments.",
      );
    }
    const sample = await readSample(input, ports, [from, to]);
    const before = await createOfflineClient(from.document).getSnapshot();
    const after = await createOfflineClient(to.document).getSnapshot();
    const changes = await withProgress(
      ports,
      `Evaluating ${count(sample.length, "identity", "identities")}`,
      compareDocuments({ ...from, snapshot: before }, { ...to, snapshot: after }, sample),
    );
    const sources = { old: from.source, new: to.source, sampleSize: sample.length };
    if (input.has("json")) printJson(ports.stdout, { ...sources, changes });
    else printChanges(changes, { sampleSize: sample.length, limit }, ports);
    return input.has("exit-code") && changes.length > 0 ? exitCodes.finding : exitCodes.success;
  },
};

function readLimit(input: CommandInput): number {
  const limit = Number(input.text("limit") ?? 5);
  if (Number.isInteger(limit) && limit >= 0) return limit;
  throw createUsageError("--limit must be a whole number.");
}

async function readSample(
  input: CommandInput,
  ports: Ports,
  documents: readonly LoadedDocument[],
): Promise<readonly SampleIdentity[]> {
  const path = input.text("identities");
  if (path === undefined) {
    const identifiers = documents.flatMap(({ document }) =>
      listParts(document).identities.map(({ identifier }) => identifier),
    );
    return [...new Set(identifiers)].map((identifier) => ({ identifier, traits: {} }));
  }
  const read = ports.files.read(resolve(ports.cwd, path));
  return parseIdentities(await withErrorCode(read, `${path} cannot be read`), path);
}

function printChanges(
  changes: readonly FeatureChange[],
  { sampleSize, limit }: { readonly sampleSize: number; readonly limit: number },
  { stdout, env }: Ports,
): void {
  const paint = createPaint(stdout, env);
  const marks = {
    added: paint("+", "green"),
    removed: paint("-", "red"),
    changed: paint("~", "yellow"),
  };
  for (const { feature, kind, environment, segments, identities, ...others } of changes) {
    const { from, to } = environment;
    const states = {
      added: formatState(to),
      removed: formatState(from),
      changed: isSame(from, to) ? "" : formatChange(from, to),
    };
    const shown = identities.slice(0, limit);
    const details: readonly (readonly [string, string])[] = [
      ["environment", states[kind]],
      ["variants", others.variantsChanged ? "changed" : ""],
      ["segments", segments.map(escapeControls).join(", ")],
      ["overrides", others.identityOverridesChanged ? "of identities changed" : ""],
      ["identities", identities.length > 0 ? `${identities.length} of ${sampleSize}` : ""],
      ...shown.map(({ identifier, from, to }): readonly [string, string] => {
        return ["", `${quoteValue(identifier)}  ${formatChange(from, to)}`];
      }),
      ["", shown.length < identities.length ? `… ${identities.length - shown.length} more` : ""],
    ];
    stdout.write(`${marks[kind]} ${escapeControls(feature)}\n`);
    for (const [name, text] of details) {
      if (text !== "") stdout.write(`    ${name.padEnd(11)}  ${text}\n`);
    }
  }
  const affected = new Set(
    changes.flatMap(({ identities }) => identities.map((one) => one.identifier)),
  );
  const people = `${affected.size} of ${count(sampleSize, "identity", "identities")}`;
  stdout.write(`${count(changes.length, "flag")} changed, for ${people} of the sample\n`);
}

function formatChange(from: FlagState, to: FlagState): string {
  const [old, next] = cutCommonStart(from?.value, to?.value);
  return `${formatState(from && { ...from, value: old })} → ${formatState(to && { ...to, value: next })}`;
}

function formatState(state: FlagState): string {
  if (state === null) return "unknown";
  const value = state.value === null ? "" : ` ${quoteValue(state.value)}`;
  return `${state.enabled ? "on" : "off"}${value}`;
}
