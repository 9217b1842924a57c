import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ContractResult } from "../contract.ts";
import { type Command, findPackageCommand } from "./node-scripts.ts";
import { examplesIn, readmes } from "./readme.ts";

const root = resolve(import.meta.dirname, "../../../..");

/** The compiler of this repository, the oldest one that the documentation names, and the newest one. */
const compilers = {
  current: findPackageCommand(root, "typescript", "tsc"),
  oldest: findPackageCommand(join(root, "tools/contract"), "typescript5", "tsc"),
  newest: findPackageCommand(join(root, "tools/contract"), "typescript7", "tsc"),
} satisfies Readonly<Record<string, Command>>;

const nodeTypes = join(root, "node_modules/@types/node");
const workersTypes = join(root, "tools/contract/node_modules/@cloudflare/workers-types");

/** Every entry whose types need no other types. `testing/node` and OpenFeature's SDK need those of Node.js. */
const entries: readonly string[] = [
  "flagsmith-isomorphic",
  "flagsmith-isomorphic/deno",
  "flagsmith-isomorphic/edge",
  "flagsmith-isomorphic/node",
  "flagsmith-isomorphic/comparison",
  "flagsmith-isomorphic/explain",
  "flagsmith-isomorphic/ofrep",
  "flagsmith-isomorphic/otel",
  "flagsmith-isomorphic/redis",
  "flagsmith-isomorphic/undici",
  "flagsmith-isomorphic/remote",
  "@flagsmith-isomorphic/core",
  "@flagsmith-isomorphic/core/adapter",
  "@flagsmith-isomorphic/core/diagnostics",
  "@flagsmith-isomorphic/core/engine",
  "@flagsmith-isomorphic/core/integration",
  "@flagsmith-isomorphic/core/local",
  "@flagsmith-isomorphic/core/comparison",
  "@flagsmith-isomorphic/core/explain",
  "@flagsmith-isomorphic/core/ofrep",
  "@flagsmith-isomorphic/core/otel",
  "@flagsmith-isomorphic/core/realtime",
  "@flagsmith-isomorphic/core/redis",
  "@flagsmith-isomorphic/deno",
  "@flagsmith-isomorphic/edge",
  "@flagsmith-isomorphic/edge/remote",
  "@flagsmith-isomorphic/node",
  "@flagsmith-isomorphic/testing",
];

/** Module resolutions of projects. */
const resolutions: Readonly<Record<string, object>> = {
  nodenext: { module: "NodeNext", moduleResolution: "NodeNext" },
  bundler: { module: "ESNext", moduleResolution: "Bundler" },
  // The default of older projects, without `exports`.
  node: { module: "ESNext", moduleResolution: "Node10", ignoreDeprecations: "6.0" },
};

const strict = {
  target: "ES2022",
  lib: ["ES2022", "DOM"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
  types: [],
};

/** Uses an option of Node.js by the type name of all adapters. */
const use = `
import { type Dispatcher, Flagsmith, type FlagsmithOptions } from "@flagsmith-isomorphic/node";
declare const agent: Dispatcher;
const options: FlagsmithOptions = { environmentKey: "your-environment-key", agent };
export const flagsmith: Flagsmith = new Flagsmith(options);
`;

/** Modules of libraries. The types of their exports are inferred, and each of them imports one entry only. */
const libraries: Readonly<Record<string, string>> = {
  redis: `
import { type IoRedisClient, type IoRedisSubscriber, redisChanges, redisStore, type RedisPublisher } from "flagsmith-isomorphic/redis";
declare const client: IoRedisClient & RedisPublisher & IoRedisSubscriber;
export const store = redisStore(client);
export const changes = redisChanges(client, client);
`,
  otel: `
import { createOtelHook } from "flagsmith-isomorphic/otel";
export const hook = createOtelHook({});
type Evaluation = Parameters<typeof hook>[0];
export const readFacts = (evaluation: Evaluation) => [evaluation.value, evaluation.source, evaluation.error, evaluation.error?.code] as const;
`,
  explain: `
import { createSnapshot } from "flagsmith-isomorphic/explain";
export const snapshot = createSnapshot({ api_key: "", project: { segments: [] }, feature_states: [] });
export const evaluate = () => snapshot.identityFlags("user-42");
export const evaluateOne = () => evaluate().getFlag("dark_mode");
export const segments = () => snapshot.identitySegments("user-42");
export const readFlag = () => [evaluateOne().value, evaluateOne().experiment] as const;
export const readFlags = () => [evaluate().source, evaluate().toClientState()] as const;
export const readJson = () => evaluate().getJson("banner", null);
`,
  testing: `
import { createFlagsmithApi, testFlags } from "@flagsmith-isomorphic/testing";
const api = createFlagsmithApi();
export const flagsmith = testFlags();
export const getFlags = flagsmith.getIdentityFlags.bind(flagsmith);
export const getFlag = async () => (await getFlags("user-42")).getFlag("banner");
export const readFlag = async () => [(await getFlag()).value, (await getFlag()).experiment] as const;
export const readSource = async () => (await getFlags("user-42")).source;
export const getEnvironmentFlags = flagsmith.getEnvironmentFlags.bind(flagsmith);
export const track = [flagsmith.trackEvent.bind(flagsmith), flagsmith.trackExposureEvent.bind(flagsmith)] as const;
export const load = [flagsmith.ready.bind(flagsmith), flagsmith.updateEnvironment.bind(flagsmith)] as const;
export const getSnapshot = () => flagsmith.getSnapshot();
export const getRequest = flagsmith.forRequest.bind(flagsmith);
export const getJson = async () => (await flagsmith.getEnvironmentFlags()).getJson("banner", null);
export const listEvaluations = () => flagsmith.evaluations();
export const results = () => [flagsmith.status(), flagsmith.deliveryReport()];
export const readError = () => [flagsmith.status().lastError, flagsmith.evaluations()[0]?.error] as const;
export const readDocument = () => api.document;
export const segments = () => api.document.project.segments;
export const overrides = () => api.document.identity_overrides;
`,
};

/** The types that `wrangler types` writes for the bindings in the documentation. */
const hostEnvironment = `
declare namespace Cloudflare {
  interface Env {
    readonly FLAGS: KVNamespace;
    readonly FLAGSMITH_ENVIRONMENT_KEY: string;
    readonly FLAGSMITH_WEBHOOK_SECRET: string;
    readonly OFREP_TOKEN: string;
  }
}
`;

/** A project of a user. */
interface Project {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly compilerOptions: object;
  /** @defaultValue `"current"` */
  readonly compiler?: keyof typeof compilers;
}

/** Compiles the types in plain projects that check their libraries too. */
export async function checkTypes(consumer: string): Promise<ContractResult[]> {
  const results: ContractResult[] = [];
  for (const [index, project] of [
    ...createEntryProjects(),
    ...(await createExampleProjects()),
  ].entries()) {
    // In a folder of its own, because other runtimes read a tsconfig.json beside their scripts.
    results.push(await compile(project, join(consumer, `types-${index + 1}`)));
  }
  for (const [name, code] of Object.entries(libraries)) {
    results.push(await checkDeclarations(name, code, join(consumer, `declarations-${name}`)));
  }
  return results;
}

/** The declarations of a library must not import core, which pnpm does not install where the library can import it. */
async function checkDeclarations(
  entry: string,
  code: string,
  folder: string,
): Promise<ContractResult> {
  const name = `the declarations of a library that imports only ${entry} name types of this entry`;
  const emit = { noEmit: false, emitDeclarationOnly: true, declaration: true, rootDir: "." };
  const compilerOptions = { ...strict, ...resolutions["nodenext"], ...emit };
  const result = await compile({ name, files: { "library.mts": code }, compilerOptions }, folder);
  if (result.failure !== undefined) return result;
  const declarations = await readFile(join(folder, "library.d.mts"), "utf8");
  return declarations.includes("@flagsmith-isomorphic/core")
    ? { name, failure: declarations }
    : result;
}

function createEntryProjects(): Project[] {
  const imports = entries.map((entry, index) => `export type * as entry${index} from "${entry}";`);
  const files = { "entries.mts": imports.join("\n"), "use.mts": use };
  const projects: Project[] = Object.entries(resolutions).map(([resolution, options]) => ({
    name: `the types of every entry compile with moduleResolution ${resolution}`,
    files,
    compilerOptions: { ...strict, ...options },
  }));
  for (const compiler of ["oldest", "newest"] as const) {
    projects.push({
      name: `the types of every entry compile with the ${compiler} version of TypeScript`,
      files,
      compilerOptions: { ...strict, ...resolutions["nodenext"] },
      compiler,
    });
  }
  return projects;
}

/** Pages whose examples in TypeScript are for Node.js. Their libraries need its types. */
const nodePages: readonly string[] = ["docs/fleets.md"];

/** The examples in TypeScript of the other pages are for Workers and Vercel Edge. */
async function createExampleProjects(): Promise<Project[]> {
  const projects: Project[] = [];
  for (const page of readmes) {
    const examples = await examplesIn(page, "ts");
    for (const [index, code] of examples.entries()) {
      projects.push({
        name: `TypeScript example ${index + 1} of ${examples.length} in ${page} compiles`,
        files: nodePages.includes(page)
          ? { "example.ts": code }
          : { "worker.ts": code, "env.d.ts": hostEnvironment },
        // Many small projects: this compiler is several times as fast.
        compiler: "newest",
        compilerOptions: {
          ...strict,
          ...resolutions["bundler"],
          lib: ["ES2022"],
          ...(nodePages.includes(page)
            ? { types: [nodeTypes], skipLibCheck: true }
            : { types: [workersTypes], skipLibCheck: code.includes("@openfeature/") }),
        },
      });
    }
  }
  return projects;
}

async function compile(
  { name, files, compilerOptions, compiler = "current" }: Project,
  folder: string,
): Promise<ContractResult> {
  await mkdir(folder);
  for (const [file, code] of Object.entries(files)) await writeFile(join(folder, file), code);
  const project = join(folder, "tsconfig.json");
  await writeFile(project, JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  const [command, ...args]: Command = compilers[compiler];
  return new Promise((done) => {
    execFile(command, [...args, "-p", project], (error, stdout) => {
      done(error === null ? { name } : { name, failure: `${error.message}\n${stdout}` });
    });
  });
}
