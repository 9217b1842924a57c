import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
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
  "flagsmith-isomorphic/redis",
  "flagsmith-isomorphic/remote",
  "@flagsmith-isomorphic/edge/remote",
  ...["core", "core/adapter", "core/engine", "core/local", "core/realtime", "core/redis"].map(
    (name) => `@flagsmith-isomorphic/${name}`,
  ),
  "@flagsmith-isomorphic/testing",
];

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
for (const name of ${JSON.stringify(others)}) {
  test(name, async () => {
    expect(Object.keys(await ${load}(name))).not.toHaveLength(0);
  });
}
`;

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
  return runCases([...jestCases, ...vitestCases]);
}
