import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { bun, type CommandRuntime, deno, findUnavailability, lowestNodeOfExamples } from "runtimes";
import { type ContractResult, type PlainCase, runCases } from "../../contract/src/contract.ts";
import { type Command, findNpm, findPackageCommand } from "../../contract/src/host/node-scripts.ts";
import { readPacked } from "../../contract/src/host/packed.ts";
import { findWorkerdUnavailability } from "../../contract/src/host/workerd-availability.ts";
import { type ExampleSettings, withExampleApi } from "./example-api.ts";
import { limitMs } from "./example-responses.ts";
import { type Mistake, mistakes } from "./newcomer-mistakes.ts";

const execute = promisify(execFile);

/** The first program of a newcomer. `load` is the line that imports the client. */
const createProgram = (load: string) => `${load}
async function main() {
  const flagsmith = new Flagsmith({
    environmentKey: process.env.FLAGSMITH_ENVIRONMENT_KEY,
    apiUrl: process.env.FLAGSMITH_API_URL,
  });
  const flags = await flagsmith.getIdentityFlags("somebody");
  console.log(flags.getNumber("max_items", 10));
}
void main();
`;
const imported = createProgram('import { Flagsmith } from "flagsmith-isomorphic";');
const required = createProgram('const { Flagsmith } = require("flagsmith-isomorphic");');

const worker = `
import { Flagsmith } from "flagsmith-isomorphic";
import { env } from "cloudflare:workers";
const flagsmith = new Flagsmith({
  environmentKey: env.FLAGSMITH_ENVIRONMENT_KEY,
  apiUrl: env.FLAGSMITH_API_URL,
});
export default {
  async fetch(request, _env, ctx) {
    const user = new URL(request.url).searchParams.get("user");
    const flags = await flagsmith.forRequest(ctx).getIdentityFlags(user);
    const darkMode = flags.isFeatureEnabled("dark_mode");
    return Response.json({ darkMode, maxItems: flags.getNumber("max_items", 10) });
  },
};
`;

/**
 * Does what a newcomer does: installs the tarballs in an empty folder, prints a first flag in every way, and makes the
 * usual mistakes. `onOutput` receives what each mistake prints.
 */
export async function runNewcomerPath(
  onOutput: (mistake: Mistake, output: string) => void = () => undefined,
): Promise<ContractResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "flagsmith-newcomer-"));
  try {
    const { packages } = await readPacked();
    const versions = ["typescript@7.0.2", "tsx@4.23.15", "@types/node@22.20.7"];
    const [npm, ...npmArgs] = findNpm();
    const install = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    const tarballs = packages.map(({ tarball }) => tarball);
    await writeFile(join(folder, "package.json"), "{}");
    await execute(npm, [...npmArgs, ...install, ...tarballs, ...versions], { cwd: folder });
    return await withExampleApi(({ api, settings }) =>
      runCases([
        ...createFirstFlagCases(folder, settings),
        ...mistakes.map((mistake) => ({
          name: `${mistake.name}: the output says what to do`,
          run: async () => {
            const keys = { ...settings, CLIENT_KEY: api.environmentKey.replace("ser.", "") };
            const output = await runMistake(folder, mistake, keys);
            onOutput(mistake, output);
            const missing = mistake.expected.filter((pattern) => !pattern.test(output));
            if (missing.length > 0) throw new Error(`${missing.join(", ")} is not in:\n${output}`);
          },
        })),
      ]),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function createFirstFlagCases(folder: string, settings: ExampleSettings): readonly PlainCase[] {
  const node = lowestNodeOfExamples;
  const createCase = (
    name: string,
    runtime: CommandRuntime,
    file: string,
    code: string,
    build?: () => Command,
  ): PlainCase => {
    const skipReason = findUnavailability(runtime);
    return {
      name: `the first flag in ${name}`,
      ...(skipReason !== undefined && { skipReason }),
      run: async () => {
        const script = join(folder, file);
        await mkdir(dirname(script), { recursive: true });
        await writeFile(script, code);
        const [program, ...args] = build?.() ?? [runtime.program, ...(runtime.args ?? []), file];
        const env = { ...process.env, ...runtime.env, ...settings, NO_COLOR: "1" };
        const options = { cwd: folder, env, timeout: limitMs };
        const { stdout } = await execute(program, args, options);
        if (build !== undefined) {
          const js = await execute(runtime.program, [file.replace(/ts$/, "js")], options);
          if (js.stdout !== "25\n") throw new Error(`It printed ${js.stdout}`);
        } else if (stdout !== "25\n") throw new Error(`It printed ${stdout}`);
      },
    };
  };
  const compilerArgs = ["--strict", "--module", "nodenext", "--types", "node"];
  const denoArgs = [...(deno.args ?? []), "--allow-net", "--allow-env"];
  const skipReason = findWorkerdUnavailability();
  return [
    createCase("an ES module on Node.js", node, "first.mjs", imported),
    createCase("CommonJS on Node.js", node, "first.cjs", required),
    createCase("TypeScript, compiled by tsc", node, "compiled/first.mts", imported, () => [
      ...findPackageCommand(folder, "typescript", "tsc"),
      ...compilerArgs,
      "compiled/first.mts",
    ]),
    createCase("TypeScript with tsx", { ...node, args: ["--import", "tsx"] }, "tsx.ts", imported),
    createCase("TypeScript on Bun", bun, "bun.ts", imported),
    createCase("TypeScript on Deno", { ...deno, args: denoArgs }, "deno.mts", imported),
    {
      name: "the first flag in a Worker",
      ...(skipReason !== undefined && { skipReason }),
      run: async () => {
        await writeFile(join(folder, "worker.ts"), worker);
        const { checkBuiltWorker } = await import("./example-workers.ts");
        await checkBuiltWorker(join(folder, "worker.ts"), settings);
      },
    },
  ];
}

async function runMistake(
  folder: string,
  { name, code }: Mistake,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const script = join(folder, `${name.replaceAll(/\W+/g, "-")}.mjs`);
  await writeFile(script, code);
  const options = { cwd: folder, env: { ...process.env, ...env, NO_COLOR: "1" }, timeout: limitMs };
  return new Promise((done) => {
    execFile(lowestNodeOfExamples.program, [script], options, (_error, stdout, stderr) => {
      done(stdout + stderr);
    });
  });
}
