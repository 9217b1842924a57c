import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createFlagsmithApi, type WireDocument } from "@flagsmith-isomorphic/testing";
import { type ServedFlagsmithApi, serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodePorts } from "../src/node-ports.ts";
import { recordedDocument, secretKey } from "./support/documents.ts";
import { type Outcome, runCommand } from "./support/run-command.ts";

const shared = process.env["FLAGSMITH_SHARED"] ?? "";
const recordings = resolve(shared, "data/server/environment-documents.json");

/** The documents of other environments of a real server. */
function readRecordings(): readonly (readonly [string, WireDocument])[] {
  if (!existsSync(recordings)) return [];
  const exchanges: readonly {
    readonly name: string;
    readonly response: { readonly body: WireDocument };
  }[] = JSON.parse(readFileSync(recordings, "utf8"));
  return exchanges.map(({ name, response }) => [name.replace(/: .*/, ""), response.body]);
}

const documents: readonly (readonly [string, WireDocument])[] = [
  ["recorded", recordedDocument],
  ...readRecordings(),
];

test.skipIf(!existsSync(recordings))("the environments in ../shared are tested", () => {
  expect(documents.length).toBeGreaterThan(5);
});

describe.each(documents)("the environment %s over HTTP", (_, document) => {
  let served: ServedFlagsmithApi;
  let folder: string;

  beforeAll(async () => {
    const api = createFlagsmithApi({ document, environmentKey: secretKey, realtime: true });
    served = await serveFlagsmithApi(api);
    folder = await mkdtemp(join(tmpdir(), "flagsmith-cli-"));
    await writeFile(join(folder, "document.json"), JSON.stringify(document));
    await writeFile(join(folder, "sample.csv"), "identifier,plan\nalice,premium\nbob,\n");
    await writeFile(join(folder, "app.ts"), 'flags.isFeatureEnabled("not_there");');
  });

  afterAll(async () => {
    await served.close();
    await rm(folder, { recursive: true });
  });

  /** With the real network and file system. */
  const run = (...args: readonly string[]): Promise<Outcome> => {
    const env = { FLAGSMITH_ENVIRONMENT_KEY: secretKey, FLAGSMITH_API_URL: served.url };
    const ports = { ...createNodePorts(), env, cwd: folder };
    const { stdout: _stdout, stderr: _stderr, ...others } = ports;
    return runCommand(args, { ports: others });
  };

  test("has the same flags locally and remotely, and they are explained", async () => {
    const subject = ["--identity", "alice", "--trait", "plan=premium"];
    const { exitCode, json } = await run("evaluate", ...subject, "--mode", "both", "--json");
    const { differences, flags } = json() as {
      readonly differences: readonly { readonly remote: unknown }[];
      readonly flags: readonly { readonly feature: string; readonly value: unknown }[];
    };
    // Such environments hide flags from the remote evaluation.
    const visible = differences.filter(({ remote }) => remote !== null);
    expect(visible).toEqual([]);
    expect(exitCode).toBe(differences.length > 0 ? 3 : 0);
    const [first] = flags;
    if (first === undefined) return;
    const explained = await run("explain", first.feature, ...subject, "--json");
    expect(explained.json()).toMatchObject({ flag: { value: first.value } });
  });

  test("has a document that is equal to the saved one", async () => {
    const saved = await run("document", "--output", "saved.json", "--json");
    expect(saved.json()).toMatchObject({ features: document.feature_states.length });
    expect(JSON.parse(await readFile(join(folder, "saved.json"), "utf8"))).toEqual(document);
    const { json } = await run("diff", "document.json", "--identities", "sample.csv", "--json");
    expect(json()).toMatchObject({ changes: [], sampleSize: 2 });
  });

  test("has types, usages and checks", async () => {
    const types = await run("types", "--json");
    expect(Object.keys(types.json()["flags"] ?? {})).toHaveLength(
      new Set(document.feature_states.map(({ feature }) => feature.name)).size,
    );
    const usages = await run("usages", "--unknown", "--json");
    expect(usages.json()["unknown"]).toMatchObject([{ feature: "not_there" }]);
    expect(usages.exitCode).toBe(3);
    const doctor = await run("doctor", "--realtime-url", served.origin, "--json");
    expect(doctor.json()["checks"]).toContainEqual(
      expect.objectContaining({ name: "realtime", status: "ok" }),
    );
    expect(doctor.exitCode).toBe(0);
  });
});
