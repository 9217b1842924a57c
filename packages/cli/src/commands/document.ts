import { type Command, jsonOption } from "../command.ts";
import { countParts, type DocumentParts, listParts } from "../document-parts.ts";
import {
  documentOptions,
  type LoadedDocument,
  loadDocument,
  printProblems,
} from "../environment-document.ts";
import { createUsageError, exitCodes } from "../exit-code.ts";
import { count, escapeEffects, printJson } from "../text.ts";
import { writeResult } from "../write-result.ts";

/** Downloads the environment document. */
export const documentCommand: Command = {
  name: "document",
  summary: "Downloads the environment document with all its pages",
  details:
    "The document contains the identifiers of identities with overrides, which may be personal data.\nA module exports it as `environmentDocument`, for the option `bootstrap` of a client.",
  options: [
    {
      flags: "--output <file>",
      description: "write to a file, not to standard output",
      isPath: true,
    },
    {
      flags: "--format <format>",
      description: "json, or a JavaScript module (default: by the name of the file)",
      choices: ["json", "module"],
    },
    ...documentOptions,
    { ...jsonOption, description: "print the summary of a written file as JSON" },
  ],
  examples: [
    "document > environment.json",
    "document --output src/environment-document.mjs",
    "document --document environment.json --format module",
  ],
  run: async (input, ports) => {
    const output = input.text("output");
    const format = input.text("format") ?? (/\.[cm]?[jt]s$/.test(output ?? "") ? "module" : "json");
    if (input.has("json") && output === undefined && format === "module") {
      throw createUsageError("--json prints no module: leave out --format, or use --output.");
    }
    const loaded = await loadDocument(input, ports);
    printProblems(loaded, ports);
    const text = escapeEffects(
      format === "module" ? formatModule(loaded, output) : `${JSON.stringify(loaded.document)}\n`,
    );
    if (output === undefined) {
      ports.stdout.write(text);
      return exitCodes.success;
    }
    await writeResult(output, text, ports);
    const bytes = new TextEncoder().encode(text).length;
    const parts = listParts(loaded.document);
    if (input.has("json")) {
      printJson(ports.stdout, { output, format, ...summarize(loaded, parts, bytes) });
    } else {
      ports.stdout.write(`Wrote ${output}: ${countParts(parts)}, ${count(bytes, "byte")}.\n`);
    }
    return exitCodes.success;
  },
};

/** JSON in a string is parsed faster than the same object in JavaScript. */
function formatModule({ document }: LoadedDocument, output: string | undefined): string {
  const start = output?.endsWith(".cjs") ? "exports." : "export const ";
  const json = JSON.stringify(document).replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `// Written by \`flagsmith-isomorphic document\`. Do not edit.\n${start}environmentDocument = JSON.parse('${json}');\n`;
}

function summarize(
  { document, problems, source }: LoadedDocument,
  parts: DocumentParts,
  bytes: number,
) {
  const { updated_at: updatedAt } = document as { readonly updated_at?: unknown };
  return {
    source,
    environment: document.name ?? null,
    updatedAt: typeof updatedAt === "string" ? updatedAt : null,
    bytes,
    features: parts.features.length,
    segments: parts.segments.length,
    identityOverrides: parts.identities.length,
    problems: problems.length,
  };
}
