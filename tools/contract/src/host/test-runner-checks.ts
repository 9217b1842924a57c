import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { bun, type CommandRuntime, deno, findUnavailability, toolsNode } from "runtimes";
import { type ContractResult, runCases } from "../contract.ts";
import { type Command, findPackageCommand } from "./node-scripts.ts";

const execute = promisify(execFile);
const runners = resolve(import.meta.dirname, "../../../test-runners");
const jest = findPackageCommand(runners, "jest");
const vitest = findPackageCommand(runners, "vitest");

/** Entries with a client that takes only options. */
const clients: readonly string[] = [
  "flagsmith-isomorphic",
  ...["deno", "edge", "node"].map((name) => `flagsmith-isomorphic/${name}`),
  ...["deno", "edge", "node"].map((name) => `@flagsmith-isomorphic/${name}`),
];

/** Entries without such a client. */
const others: readonly string[] = [
  "flagsmith-isomorphic/comparison",
  "flagsmith-isomorphic/explain",
  "flagsmith-isomorphic/redis",
  "flagsmith-isomorphic/remote",
  "@flagsmith-isomorphic/edge/remote",
  ...[
    "core",
    "core/adapter",
    "core/engine",
    "core/comparison",
    "core/explain",
    "core/local",
    "core/realtime",
    "core/redis",
  ].map((name) => `@flagsmith-isomorphic/${name}`),
  "@flagsmith-isomorphic/testing",
];

/** Flags of a test, in every runner. */
const useTestFlags = `
  const identities = { alice: { max_items: 50 } };
  const flagsmith = testFlags({ dark_mode: true, max_items: 20 }, { identities });
  const read = async (user) => (await flagsmith.getIdentityFlags(user)).getNumber("max_items", 0);
  const seen = [await read("bob"), await read("alice")];
  flagsmith.set("max_items", 30);
  seen.push(await read("bob"));`;

/** Tests of a user who evaluates flags with each package. `load` is the way in which the runner loads a package. */
const createTests = (load: string) => `
for (const name of ${JSON.stringify(clients)}) {
  test(name, async () => {
    const { Flagsmith } = await ${load}(name);
    const flagsmith = new Flagsmith({
      environmentKey: "ser.key",
      offlineMode: true,
      defaultFlagHandler: () => ({ enabled: true, value: 25 }),
      logger: { warn() {}, error() {} },
    });
    const flags = await flagsmith.getIdentityFlags("user-42");
    expect(flags.getFeatureValue("max_items")).toBe(25);
    await flagsmith.close();
  });
}
// In ES modules, jest has no global of this name.
const jestGlobal = typeof jest === "object" ? jest : undefined;
for (const name of jestGlobal ? ${JSON.stringify(clients)} : []) {
  test(name + ", mocked by jest", () => {
    const { Flagsmith } = jestGlobal.createMockFromModule(name);
    expect(jestGlobal.isMockFunction(new Flagsmith().getIdentityFlags)).toBe(true);
  });
}
for (const name of ${JSON.stringify(others)}) {
  test(name, async () => {
    expect(Object.keys(await ${load}(name))).not.toHaveLength(0);
  });
}
test("testFlags with fake timers", async () => {
  const { testFlags } = await ${load}("@flagsmith-isomorphic/testing");
  const runner = typeof vi === "object" ? vi : jestGlobal;
  runner?.useFakeTimers();
  ${useTestFlags}
  expect(seen).toEqual([20, 50, 30]);
  expect(flagsmith.evaluations()).toHaveLength(3);
  runner?.useRealTimers();
});
`;

/** The runners of the runtimes themselves: their arguments, and the definition of `test` in them. */
const ownRunners: readonly (readonly [CommandRuntime, readonly string[], string])[] = [
  [toolsNode, ["--test"], 'import { test } from "node:test";'],
  [bun, ["test"], 'import { test } from "bun:test";'],
  [deno, ["test", "--no-prompt", ...(deno.args ?? []).slice(2)], "const { test } = Deno;"],
];

/** Checks that every package works in test runners, also with a simulated DOM. */
export async function checkTestRunners(consumer: string): Promise<ContractResult[]> {
  const folder = join(consumer, "test-runners");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), "{}");
  await writeFile(join(folder, "loads.test.cjs"), createTests("require"));
  await writeFile(join(folder, "loads.test.mjs"), createTests("import"));
  const run = async ([program, ...first]: Command, ...args: readonly string[]) => {
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: "1" } };
    // Both runners fail if they find no test.
    await execute(program, [...first, ...args], options).catch((error) => {
      throw new Error(`${error.message}\n${error.stdout}${error.stderr}`);
    });
  };
  const jestCases = ["node", "jsdom"].map((environment) => ({
    name: `every package works in jest with the environment ${environment}`,
    run: () => {
      const path =
        environment === "node" ? "node" : join(runners, "node_modules/jest-environment-jsdom");
      const config = { testMatch: ["**/*.test.cjs"], testEnvironment: path, transform: {} };
      return run(jest, "--config", JSON.stringify(config), "--rootDir", folder);
    },
  }));
  const vitestCases = ["node", "jsdom", "happy-dom"].map((environment) => ({
    name: `every package works in vitest with the environment ${environment}`,
    run: () => run(vitest, "run", "--root", folder, "--environment", environment, "--globals"),
  }));
  const ownCases = ownRunners.map(([{ id, name, program, env }, args, definition]) => {
    const skipReason = findUnavailability({ id, name, program });
    return {
      name: `testFlags works in the test runner of ${name}`,
      ...(skipReason !== undefined && { skipReason }),
      run: async () => {
        const own = join(consumer, "own-test-runners");
        await mkdir(own, { recursive: true });
        const file = join(own, `${id}.test.mjs`);
        await writeFile(file, createOwnTest(definition));
        await execute(program, [...args, file], { cwd: own, env: { ...process.env, ...env } });
      },
    };
  });
  return runCases([...jestCases, ...vitestCases, ...ownCases]);
}

const createOwnTest = (definition: string) => `
${definition}
import { testFlags } from "@flagsmith-isomorphic/testing";
test("testFlags", async () => {
  ${useTestFlags}
  if (String(seen) !== "20,50,30") throw new Error(seen.join());
});
`;
