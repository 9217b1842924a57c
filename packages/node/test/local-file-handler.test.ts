import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Flagsmith, FlagsmithClientError, LocalFileHandler } from "../src/index.ts";
import { getRejection } from "./get-rejection.ts";

const document = {
  api_key: "client-key",
  updated_at: "2025-12-31T12:00:00Z",
  feature_states: [
    { feature: { id: 1, name: "banner" }, enabled: true, feature_state_value: "from the file ü" },
  ],
  project: { segments: [] },
};

const logger = { warn: () => undefined, error: () => undefined };
let folder = "";
const resolvePath = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "flagsmith-"));
  await writeFile(resolvePath("environment.json"), JSON.stringify(document));
  await writeFile(resolvePath("broken.json"), JSON.stringify(document).slice(0, -20));
  await writeFile(resolvePath("empty.json"), "");
  await writeFile(resolvePath("other.json"), '{"hello":1}');
});

afterAll(() => rm(folder, { recursive: true }));

function createOfflineClient(path: string | URL, options: object = {}) {
  const fetch = () => Promise.reject(new Error("No request may be made."));
  const offlineHandler = new LocalFileHandler(path);
  return new Flagsmith({ offlineMode: true, offlineHandler, logger, fetch, ...options });
}

it("reads the file when it is first needed, from a path or a URL", async () => {
  for (const path of [
    resolvePath("environment.json"),
    pathToFileURL(resolvePath("environment.json")),
  ]) {
    const flags = await createOfflineClient(path).getEnvironmentFlags();
    expect(flags.getFeatureValue("banner")).toBe("from the file ü");
  }
  const late = createOfflineClient(resolvePath("late.json"));
  await writeFile(resolvePath("late.json"), JSON.stringify(document));
  expect((await late.getSnapshot()).updatedAt).toBe(document.updated_at);
});

it("reads the file again only with updateEnvironment()", async () => {
  const path = resolvePath("changing.json");
  await writeFile(path, JSON.stringify(document));
  const flagsmith = createOfflineClient(path);
  await flagsmith.ready();
  await writeFile(path, JSON.stringify({ ...document, updated_at: "2026-01-01T00:00:00Z" }));
  expect((await flagsmith.getSnapshot()).updatedAt).toBe(document.updated_at);
  await flagsmith.updateEnvironment();
  expect((await flagsmith.getSnapshot()).updatedAt).toBe("2026-01-01T00:00:00Z");
});

it.each([
  ["missing.json", "failed", "ENOENT"],
  [".", "failed", "EISDIR"],
  ["broken.json", "failed", "JSON"],
  ["empty.json", "failed", "JSON"],
  ["other.json", "invalid environment document at api_key", undefined],
])("rejects with NO_ENVIRONMENT for %s, or returns default flags", async (name, text, cause) => {
  const error = await getRejection(createOfflineClient(resolvePath(name)).getEnvironmentFlags());
  expect(error).toBeInstanceOf(FlagsmithClientError);
  expect(error).toMatchObject({ code: "NO_ENVIRONMENT" });
  const { message, cause: reason } = error as FlagsmithClientError;
  expect(message).toContain(text);
  if (cause !== undefined) expect(String(reason)).toContain(cause);

  const defaultFlagHandler = () => ({ enabled: true, value: "default" });
  const flags = await createOfflineClient(resolvePath(name), {
    defaultFlagHandler,
  }).getEnvironmentFlags();
  expect(flags.getFlag("banner")).toMatchObject({ value: "default", isDefault: true });
});

it.each([
  ["remote", { environmentKey: "client-key" }],
  ["local", { environmentKey: "ser.key", enableLocalEvaluation: true }],
])("uses the file if the API hangs, in %s evaluation", async (_name, options) => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const flagsmith = new Flagsmith({
    ...options,
    apiUrl: `http://127.0.0.1:${port}/api/v1/`,
    requestDeadlineSeconds: 0.2,
    offlineHandler: new LocalFileHandler(resolvePath("environment.json")),
    logger,
  });
  try {
    const flags = await flagsmith.getEnvironmentFlags();
    expect(flags.getFeatureValue("banner")).toBe("from the file ü");
  } finally {
    await flagsmith.close();
    server.closeAllConnections();
    server.close();
  }
});
