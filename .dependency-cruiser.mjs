/**
 * The import row of core, from the top; a folder or file may import only what stands below it.
 * CONTRIBUTING.md shows it in words.
 */
const row = [
  "index",
  "adapter|adapter-local",
  "flagsmith|local|local-mode|streaming",
  "request-scope",
  "compose",
  "modes",
  "connection|modules",
  "evaluation",
  "environment|analytics",
  "api",
  "parse-options",
  "options|option-checks",
  "identity|ports|webhook|digest|version",
  "schemas",
  "engine|flags|errors",
];

const core = (parts) => `^packages/core/src/(${parts})(/|\\.ts$)`;

const upward = row.slice(1).map((parts, index) => ({
  name: `core: ${parts} must not import upwards`,
  severity: "error",
  from: { path: core(parts) },
  to: { path: core(row.slice(0, index + 1).join("|")) },
}));

const inFolder = (folder) => `^packages/${folder}/src`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...upward,
    {
      name: "remote mode carries no engine: an adapter hands local evaluation in",
      severity: "error",
      from: {
        path: core(
          "index|adapter|flagsmith|request-scope|compose|modes|connection|modules|analytics|evaluation/(fallback|observed|remote-evaluator)",
        ),
      },
      to: {
        path: core(
          "engine|local|streaming|environment|evaluation/(snapshots|snapshot|evaluated-flags)",
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
      name: "every part of core has its place in the row",
      severity: "error",
      from: {},
      to: { path: "^packages/core/src/", pathNot: core(row.join("|")) },
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
        pathNot: "^packages/",
      },
    },
    {
      name: "every import resolves, but for what workerd brings itself",
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
