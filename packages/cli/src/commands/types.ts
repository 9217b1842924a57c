import { resolve } from "node:path";
import { type Command, jsonOption } from "../command.ts";
import { documentOptions, loadDocument, printProblems } from "../environment-document.ts";
import { createUsageError, exitCodes } from "../exit-code.ts";
import { type FlagType, inferFlagTypes } from "../flag-type.ts";
import { count, escapeEffects } from "../text.ts";
import { writeResult } from "../write-result.ts";

/** Writes types of the flags. */
export const typesCommand: Command = {
  name: "types",
  summary: "Writes a module with typed flags, or a manifest of OpenFeature",
  details:
    "Types are inferred from the values of the environment, of variants and of overrides. Defaults are the values of the environment.",
  options: [
    {
      flags: "--format <format>",
      description: "a module for defineFlags, or the manifest of the OpenFeature CLI",
      choices: ["module", "manifest"],
    },
    {
      flags: "--output <file>",
      description: "write to a file, not to standard output",
      isPath: true,
    },
    { flags: "--check", description: "write nothing; exit with 3 if the file is not up to date" },
    {
      flags: "--closed",
      description: "accept only the present values of features with variants",
    },
    ...documentOptions,
    { ...jsonOption, description: "the same as --format manifest" },
  ],
  examples: [
    "types --output src/flags.ts",
    "types --output src/flags.ts --check",
    "types --format manifest --document environment.json > flags.json",
  ],
  run: async (input, ports) => {
    const format = input.text("format") ?? (input.has("json") ? "manifest" : "module");
    if (input.has("json") && format === "module") {
      throw createUsageError("--json prints no module: leave out --format.");
    }
    const output = input.text("output");
    if (input.has("check") && output === undefined) {
      throw createUsageError("--check needs --output with the file to check.");
    }
    const loaded = await loadDocument(input, ports);
    printProblems(loaded, ports);
    const types = inferFlagTypes(loaded.document);
    const text = escapeEffects(
      format === "manifest"
        ? `${JSON.stringify(createManifest(types), undefined, 2)}\n`
        : createModule(types, input.has("closed")),
    );
    if (output === undefined) {
      ports.stdout.write(text);
      return exitCodes.success;
    }
    if (input.has("check")) {
      const present = await ports.files.read(resolve(ports.cwd, output)).catch(() => undefined);
      // Git may have checked it out with the line ends of Windows.
      if (present?.replaceAll("\r\n", "\n") === text) return exitCodes.success;
      const problem = present === undefined ? "does not exist" : "is not up to date";
      ports.stderr.write(`${output} ${problem}: write it with the same command without --check.\n`);
      return exitCodes.finding;
    }
    await writeResult(output, text, ports);
    ports.stderr.write(`Wrote ${output}: ${count(types.length, "flag")}.\n`);
    return exitCodes.success;
  },
};

/** The manifest has no arrays: they are texts. */
function createManifest(types: readonly FlagType[]) {
  const flags = types.map(({ feature, kind, defaultValue }) => {
    if (kind === "toggle") return [feature, { flagType: "boolean", defaultValue }];
    if (kind !== "array") return [feature, { flagType: kind, defaultValue }];
    return [feature, { flagType: "string", defaultValue: JSON.stringify(defaultValue) }];
  });
  return { flags: Object.fromEntries(flags) };
}

function createModule(types: readonly FlagType[], isClosed: boolean): string {
  const definitions = types.map(
    (type) => `  ${quoteName(type.feature)}: ${define(type, isClosed)},`,
  );
  const body = definitions.join("\n");
  const functions = ["jsonFlag", "numberFlag", "stringFlag", "toggleFlag"];
  const values = ["defineFlags", ...functions.filter((name) => body.includes(`: ${name}(`))];
  const schemas = (["object", "array"] as const).filter((kind) =>
    types.some((type) => type.kind === kind),
  );
  const imports = schemas.length > 0 ? [...values, "type StandardSchema"] : values;
  return [
    "// Written by `flagsmith-isomorphic types`. Write it again after features were added or changed.",
    `import { ${imports.join(", ")} } from "flagsmith-isomorphic";`,
    "",
    ...schemas.map((kind) => schemaSources[kind]),
    "export const appFlags = defineFlags({",
    body,
    "});",
    "",
  ].join("\n");
}

const schemaSources = {
  object: createSchemaSource(
    "jsonObject",
    "Readonly<Record<string, unknown>>",
    'typeof value === "object" && value !== null && !Array.isArray(value)',
  ),
  array: createSchemaSource("jsonArray", "readonly unknown[]", "Array.isArray(value)"),
};

/** Checks the kind of the JSON only. A module of its own cannot depend on a library of schemas. */
function createSchemaSource(name: string, type: string, condition: string): string {
  return `/** Replace it with a schema of valibot, zod or arktype to check the contents. */
const ${name}: StandardSchema<${type}> = {
  "~standard": {
    version: 1,
    vendor: "flagsmith-isomorphic",
    validate: (value) =>
      ${condition}
        ? { value: value as ${type} }
        : { issues: [{ message: "is another kind of JSON" }] },
  },
};
`;
}

function define({ kind, defaultValue, choices }: FlagType, isClosed: boolean): string {
  // The member of a literal that is called `__proto__` would be its prototype.
  const value = JSON.stringify(defaultValue).replaceAll(/(?<!\\)"__proto__":/g, '["__proto__"]:');
  switch (kind) {
    case "toggle":
      return defaultValue === true ? "toggleFlag({ default: true })" : "toggleFlag()";
    case "integer":
      return `numberFlag(${value}, { integer: true })`;
    case "float":
      return `numberFlag(${value})`;
    case "object":
      return `jsonFlag(jsonObject, ${value})`;
    case "array":
      return `jsonFlag(jsonArray, ${value})`;
    case "string": {
      const of = isClosed && choices !== undefined ? `, { of: ${JSON.stringify(choices)} }` : "";
      return `stringFlag(${value}${of})`;
    }
  }
}

/** In brackets, `__proto__` is a name like any other. */
function quoteName(name: string): string {
  if (name === "__proto__") return '["__proto__"]';
  return /^[a-zA-Z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
