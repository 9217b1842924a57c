/**
 * The layers of core, from the top. A file or folder may import only its own layer and those below.
 * CONTRIBUTING.md describes each layer.
 */
const layers = [
  ["index.ts"],
  ["adapter.ts"],
  [
    "flagsmith.ts",
    "diagnostics/",
    "comparison/",
    "explain/",
    "integration/",
    "ofrep/",
    "otel/",
    "local.ts",
    "realtime.ts",
  ],
  ["request-scope.ts"],
  ["compose.ts"],
  ["modules.ts"],
  ["evaluation/"],
  ["environment/", "realtime/", "reporting/"],
  ["api/"],
  ["http/"],
  ["redis/"],
  ["options/"],
  ["identity/", "platform/", "webhook/"],
  ["engine/", "flags/", "typed/", "errors.ts", "version.ts"],
];

/** A pattern for files and folders of core. */
const core = (...parts) =>
  `^packages/core/src/(${parts.map((part) => part.replaceAll(".", "\\.")).join("|")})`;

const upward = layers.slice(1).map((parts, index) => ({
  name: `core: ${parts.join(", ")} must not import upwards`,
  severity: "error",
  from: { path: core(...parts) },
  to: { path: core(...layers.slice(0, index + 1).flat()) },
}));

const inFolder = (folder) => `^packages/${folder}/src`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...upward,
    {
      name: "remote mode includes no local evaluation: adapters pass it in as a module",
      severity: "error",
      from: {
        path: core(
          "index.ts",
          "adapter.ts",
          "flagsmith.ts",
          "request-scope.ts",
          "compose.ts",
          "modules.ts",
          "http/",
          "api/",
          "reporting/",
          "evaluation/(?!local-evaluator)",
        ),
      },
      to: {
        path: core(
          "engine/",
          "local.ts",
          "realtime.ts",
          "realtime/",
          "environment/(?!storage-record|json-file-handler|status)",
          "evaluation/local-evaluator",
        ),
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "the engine imports nothing outside itself",
      severity: "error",
      from: { path: "^packages/core/src/engine/" },
      to: { pathNot: "^packages/core/src/engine/" },
    },
    { name: "no cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "every file of core belongs to a layer",
      severity: "error",
      from: {},
      to: { path: "^packages/core/src/", pathNot: core(...layers.flat()) },
    },
    {
      name: "no file imports its own package's index",
      severity: "error",
      from: { path: "^packages/([^/]+)/src/" },
      to: { path: "^packages/$1/src/index\\.ts$" },
    },
    {
      name: "core and testing import no built-in module of a runtime",
      severity: "error",
      from: {
        path: `${inFolder("core")}|${inFolder("testing")}`,
        pathNot: "^packages/testing/src/node\\.ts$",
      },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "core imports no other package of ours",
      severity: "error",
      from: { path: inFolder("core") },
      to: { path: "^packages/(?!core/)" },
    },
    {
      name: "published code imports only its declared dependencies",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown", "undetermined"],
        // Except those that core's build contains, `bundledPackages` in tools/bundling, and peer dependencies.
        pathNot: "^packages/|/node_modules/(ofetch|valibot|undici|flags|@openfeature)/",
      },
    },
    {
      name: "every import resolves, except the built-in modules of workerd",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^cloudflare:" },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules|/dist/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types"] },
  },
};
