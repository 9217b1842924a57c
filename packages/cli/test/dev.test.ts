import { Flagsmith } from "flagsmith-isomorphic";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Ports } from "../src/ports.ts";
import { changeShop, shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";
import { type RunningDev, soon, startDev } from "./support/start-dev.ts";

const files = { "environment.json": shopDocument };
const ending: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function start(...args: readonly string[]): Promise<RunningDev> {
  const dev = await startDev(["--document", "environment.json", ...args], { files });
  ending.push(dev.stop);
  return dev;
}

function connect({ apiUrl, origin }: RunningDev, options: object = {}): Flagsmith {
  const environmentKey = "ser.the-key-of-the-application";
  const client = new Flagsmith({ environmentKey, apiUrl, realtimeApiUrl: origin, ...options });
  ending.push(() => client.close());
  return client;
}

const change = (dev: RunningDev, path: string, init: RequestInit = {}) =>
  fetch(`${dev.origin}/overrides/${path}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    ...init,
  });

test("a body of more than 10 MB is refused", async () => {
  const dev = await start();
  const body = JSON.stringify({ identifier: "bob", traits: [] }).padEnd(10_000_001);
  const post = (text: string) => fetch(`${dev.apiUrl}identities/`, { method: "POST", body: text });
  expect((await post(body.slice(0, -1))).status).not.toBe(413);
  expect((await post(body)).status).toBe(413);
});

describe("a client", () => {
  test("with local evaluation sees an override without a poll", async () => {
    const dev = await start();
    const client = connect(dev, { enableLocalEvaluation: true, enableRealtimeUpdates: true });
    expect((await client.getIdentityFlags("alice")).getNumber("max_items", 0)).toBe(99);
    await soon(() => client.status().realtime === "open");
    await change(dev, "max_items", { body: '{"value":7}' });
    await soon(async () => {
      return (await client.getIdentityFlags("alice")).getNumber("max_items", 0) === 7;
    });
  });

  test("with remote evaluation sees an override at once", async () => {
    const dev = await start();
    const client = connect(dev);
    const traits = { plan: "gold" };
    expect((await client.getIdentityFlags("bob", traits)).getNumber("max_items", 0)).toBe(50);
    await change(dev, "max_items", { body: '{"value":7}' });
    expect((await client.getIdentityFlags("bob", traits)).getNumber("max_items", 0)).toBe(7);
    await change(dev, "max_items", { method: "DELETE" });
    expect((await client.getIdentityFlags("bob", traits)).getNumber("max_items", 0)).toBe(50);
  });

  test("gets an override that is only for its identity", async () => {
    const dev = await start();
    const client = connect(dev);
    await change(dev, "dark_mode?identity=bob", { body: '{"enabled":false}' });
    expect((await client.getIdentityFlags("bob")).isFeatureEnabled("dark_mode")).toBe(false);
    expect((await client.getIdentityFlags("alice")).isFeatureEnabled("dark_mode")).toBe(true);
    await change(dev, "dark_mode?identity=alice", { body: '{"enabled":false}' });
    const flags = await client.getIdentityFlags("alice");
    expect([flags.isFeatureEnabled("dark_mode"), flags.getNumber("max_items", 0)]).toEqual([
      false,
      99,
    ]);
    await change(dev, "dark_mode?identity=alice", { method: "DELETE" });
    await change(dev, "dark_mode?identity=bob", { method: "DELETE" });
    expect((await client.getIdentityFlags("bob")).isFeatureEnabled("dark_mode")).toBe(true);
  });

  test("gets the overrides of the command line", async () => {
    const dev = await start("--set", "tier=on", "--set", "max_items=3", "--set", "dark_mode=off");
    const flags = await connect(dev).getEnvironmentFlags();
    expect(flags.getString("tier", "")).toBe("free");
    expect(flags.getNumber("max_items", 0)).toBe(3);
    expect(flags.isFeatureEnabled("dark_mode")).toBe(false);
  });

  test("gets fractions and large numbers as text, as from Flagsmith", async () => {
    const dev = await start("--set", "tier=0.5", "--set", "max_items=2147483647");
    const client = connect(dev);
    const read = async () => {
      const flags = await client.getEnvironmentFlags();
      return [flags.getFeatureValue("tier"), flags.getFeatureValue("max_items")];
    };
    expect(await read()).toEqual(["0.5", 2147483647]);
    await change(dev, "tier", { body: '{"value":1.5}' });
    await change(dev, "max_items", { body: '{"value":2147483648}' });
    expect(await read()).toEqual(["1.5", "2147483648"]);
  });

  test("gets the flags of a file that has changed, with the overrides", async () => {
    const dev = await start("--set", "dark_mode=off");
    const client = connect(dev);
    await dev.changeFile(changeShop({ max_items: 11 }));
    await soon(async () => {
      return (await client.getEnvironmentFlags()).getNumber("max_items", 0) === 11;
    });
    expect((await client.getEnvironmentFlags()).isFeatureEnabled("dark_mode")).toBe(false);
  });

  test("keeps the flags if the changed file is no document", async () => {
    const dev = await start();
    await dev.changeFile("{");
    expect((await connect(dev).getEnvironmentFlags()).getNumber("max_items", 0)).toBe(25);
    const { exitCode, stderr } = await dev.stop();
    expect(stderr).toBe("warning: environment.json is not JSON. The previous document stays.\n");
    expect(exitCode).toBe(0);
  });
});

test("each evaluation is printed", async () => {
  const dev = await start();
  const client = connect(dev, { enableAnalytics: true });
  const flags = await client.getIdentityFlags("alice", { plan: "gold" });
  flags.isFeatureEnabled("dark_mode");
  await client.getEnvironmentFlags();
  await client.flush();
  await fetch(`${dev.apiUrl}flags/`);
  await soon(() => dev.lines().length === 5);
  const [ready, ...others] = dev.lines().map(({ event, message }) => `${event}: ${message}`);
  expect(ready).toBe(`ready: listens on ${dev.origin}`);
  expect(others).toEqual([
    'evaluation: remote  identity "alice" plan="gold"  dark_mode=on max_items=99 banner="{\\"title\\":\\"Sale\\"}" tier=off',
    'evaluation: remote  environment  dark_mode=on max_items=25 banner="{\\"title\\":\\"Sale\\"}" tier=off',
    "evaluation: counted  dark_mode ×1",
    "refused: GET /api/v1/flags/ was refused with 403",
  ]);
  const { exitCode } = await dev.stop();
  expect(exitCode).toBe(0);
});

test("each kind of request is printed, but no preflight", async () => {
  const dev = await start();
  const local = connect(dev, { enableLocalEvaluation: true, enableRealtimeUpdates: true });
  await local.ready();
  await soon(() => local.status().realtime === "open");
  await fetch(`${dev.apiUrl}flags/`, { method: "OPTIONS" });
  await connect(dev).getAnonymousFlags({ plan: "gold" });
  const messages = () => dev.lines().map(({ event, message }) => `${event}: ${message}`);
  await soon(() => messages().some((line) => line.startsWith("evaluation")));
  // A stream that opens loads the document again.
  expect([...new Set(messages().slice(1))].sort()).toEqual([
    "document: local  a client loaded the environment document",
    expect.stringMatching(/^evaluation: remote {2}anonymous plan="gold" {2}dark_mode=on/),
    "stream: realtime  a client listens to changes",
  ]);
});

test("twelve flags of an evaluation are printed, and the number of the others", async () => {
  const [state] = shopDocument.feature_states;
  const print = async (count: number) => {
    const states = Array.from({ length: count }, (_, index) => ({
      ...state,
      feature: { id: index, name: `f${index}` },
    }));
    const dev = await start();
    await dev.changeFile({ ...shopDocument, feature_states: states, identity_overrides: [] });
    await soon(() => dev.lines().length === 2);
    await connect(dev).getEnvironmentFlags();
    await soon(() => dev.lines().length === 3);
    return dev.lines()[2]?.["message"];
  };
  expect(await print(12)).toMatch(/ f10=on f11=on$/);
  expect(await print(14)).toMatch(/ f10=on f11=on and 2 more$/);
});

test.each([
  ["", "text/html"],
  ["page.css", "text/css"],
  ["page.js", "text/javascript"],
  ["overrides", "application/json"],
])("HEAD /%s is answered as %s that only its own pages use", async (path, type) => {
  const response = await fetch(`${(await start()).origin}/${path}`, { method: "HEAD" });
  expect([response.status, await response.text()]).toEqual([200, ""]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": `${type}; charset=utf-8`,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": expect.stringMatching(/^default-src 'none'; script-src 'self';/),
  });
});

describe("requests from elsewhere", () => {
  test("with the name of another host are refused", async () => {
    const dev = await start();
    const { request } = await import("node:http");
    const { port } = new URL(dev.origin);
    const status = await new Promise((resolve) => {
      const options = { host: "127.0.0.1", port, headers: { host: `evil.test:${port}` } };
      request(options, (response) => resolve(response.resume().statusCode)).end();
    });
    expect(status).toBe(403);
  });

  test("by pages of another origin cannot change flags", async () => {
    const dev = await start();
    const headers = { "content-type": "application/json", origin: "https://evil.test" };
    const { status } = await change(dev, "dark_mode", { headers, body: '{"enabled":false}' });
    const flags = await connect(dev).getEnvironmentFlags();
    expect([status, flags.isFeatureEnabled("dark_mode")]).toEqual([403, true]);
    const own = { headers: { ...headers, origin: dev.origin }, body: '{"enabled":false}' };
    expect((await change(dev, "dark_mode", own)).status).toBe(200);
  });

  test("with a client-side key cannot read the environment document", async () => {
    const { apiUrl } = await start();
    const read = async (key: string) => {
      const headers = { "x-environment-key": key };
      return (await fetch(`${apiUrl}environment-document/`, { headers })).status;
    };
    expect([await read("ser.any"), await read("any")]).toEqual([200, 403]);
  });

  test("by pages can read flags, but not the environment document", async () => {
    const dev = await start();
    const headers = { "x-environment-key": "ser.any", origin: "https://evil.test" };
    const read = async (path: string) => (await fetch(dev.apiUrl + path, { headers })).status;
    expect([await read("flags/"), await read("environment-document/")]).toEqual([200, 403]);
    expect(await read("../../moved/api/v1/environment-document")).toBe(403);
  });
});

test("requests of other SDKs are printed: identities by GET, and reports with a list", async () => {
  const dev = await start("--set", "tier=");
  const headers = { "x-environment-key": "any", "content-type": "application/json" };
  await fetch(`${dev.apiUrl}identities/?identifier=bob`, { headers });
  const body = JSON.stringify({
    evaluations: [
      { feature_name: "tier", count: 2 },
      { feature_name: "dark_mode", count: 1 },
    ],
  });
  await fetch(`${dev.apiUrl}analytics/flags/`, { method: "POST", headers, body });
  await soon(() => dev.lines().length === 3);
  expect(dev.lines().map(({ message }) => message)).toEqual([
    expect.stringMatching(/^listens/),
    expect.stringMatching(/^remote {2}identity "bob" {2}dark_mode=on .* tier=on$/),
    "counted  tier ×2, dark_mode ×1",
  ]);
});

test("a report with an unusual body is answered", async () => {
  const headers = { "x-environment-key": "any", "content-type": "application/json" };
  const request = { method: "POST", headers, body: '{"evaluations":[null]}' };
  const { apiUrl } = await start();
  expect((await fetch(`${apiUrl}analytics/flags/`, request)).status).toBe(200);
});

test.each([
  ["dark_mode", "{", 400],
  ["dark_mode", "[]", 400],
  ["dark_mode", "null", 400],
  ["dark_mode", '{"enabled":true,"other":1}', 400],
  ["dark_mode", '{"text":7}', 400],
  ["dark_mode", "{}", 400],
  ["dark_mode", '{"enabled":1}', 400],
  ["dark_mode", '{"value":{}}', 400],
  ["dark_mode", '{"enable":true}', 400],
  ["unknown", '{"enabled":true}', 404],
])("an override of %s with %s is refused with %i", async (feature, body, status) => {
  expect((await change(await start(), feature, { body })).status).toBe(status);
});

test("an override is changed with PATCH, removed with DELETE, and not sent with POST", async () => {
  const response = await change(await start(), "dark_mode", { method: "POST", body: "{}" });
  expect(response.status).toBe(405);
});

test("an override of the page is a text, and one of a script has a type", async () => {
  const dev = await start();
  const set = async (body: object) => {
    await change(dev, "max_items", { body: JSON.stringify(body) });
    const flags = await connect(dev).getEnvironmentFlags();
    return [flags.isFeatureEnabled("max_items"), flags.getFeatureValue("max_items")];
  };
  expect(await set({ text: "7" })).toEqual([true, 7]);
  expect(await set({ enabled: false })).toEqual([false, 7]);
  expect(await set({ text: "" })).toEqual([false, null]);
  expect(await set({ enabled: true, value: true })).toEqual([true, true]);
  expect(await set({ value: null })).toEqual([true, null]);
  expect(await set({ value: "seven" })).toEqual([true, "seven"]);
});

test.each([
  [["--port", "70000"], /--port must be a number/, 2],
  [["--set", "dark_mode"], /--set must have the form/, 2],
  [["--set", "unknown=on"], /There is no feature "unknown"/, 1],
])("%j is wrong input", async (args, line, code) => {
  const all = ["dev", "--document", "environment.json", ...args];
  const { exitCode, stderr } = await runCommand(all, { files });
  expect(stderr).toMatch(line);
  expect(exitCode).toBe(code);
});

test("a port that is in use is reported", async () => {
  const { port } = new URL((await start()).origin);
  const args = ["dev", "--document", "environment.json", "--port", port];
  const { exitCode, stderr } = await runCommand(args, { files });
  expect(stderr).toBe(`error: Port ${port} cannot be used (EADDRINUSE).\n`);
  expect(exitCode).toBe(1);
});

test("prints lines for people, and the addresses", async () => {
  const ports = {
    serve: async () => ({ origin: "http://127.0.0.1:8100", close: async () => undefined }),
    untilStopped: async () => undefined,
  };
  const args = ["dev", "--document", "environment.json", "--port", "65535"];
  const { stdout, stderr, exitCode } = await runCommand(args, { files, ports });
  expect(stdout.replace(/^\d\d:\d\d:\d\d {2}/, "").split("\n")).toEqual([
    "listens on http://127.0.0.1:8100",
    "          page            http://127.0.0.1:8100/",
    "          apiUrl          http://127.0.0.1:8100/api/v1/",
    "          realtimeApiUrl  http://127.0.0.1:8100/",
    "",
  ]);
  expect([stderr, exitCode]).toEqual(["", 0]);
});

test.each([
  ["environment.json", ["watch /project/environment.json", "end"]],
  ["-", []],
])("watches the document %s until it is stopped", async (path, expected) => {
  const log: string[] = [];
  const ports = { untilStopped: async () => undefined };
  const world = { files, stdin: JSON.stringify(shopDocument), ports };
  const { exitCode } = await runCommand(["dev", "--document", path], world, (port) => ({
    ...port,
    watch: (watched) => {
      log.push(`watch ${watched}`);
      return () => log.push("end");
    },
  }));
  expect([log, exitCode]).toEqual([expected, 0]);
});

test("problems of the document are printed, and a changed one is announced", async () => {
  const [first, ...others] = shopDocument.feature_states;
  const malformed = { ...shopDocument, feature_states: [{ ...first, enabled: "yes" }, ...others] };
  const dev = await startDev(["--document", "environment.json"], {
    files: { "environment.json": malformed },
  });
  ending.push(dev.stop);
  await dev.changeFile(shopDocument);
  await soon(() => dev.lines().length === 2);
  expect(dev.lines()[1]).toMatchObject({
    event: "document",
    message: "read environment.json again",
  });
  await dev.changeFile(malformed);
  await soon(() => dev.lines().length === 3);
  expect((await dev.stop()).stderr).toMatch(/^warning: .*dark_mode.*\nwarning: .*dark_mode.*\n$/);
});

test("of two changes in quick succession, the last one is served", async () => {
  const versions = [25, 11, 12].map((max_items) => JSON.stringify(changeShop({ max_items })));
  let [version, reads] = [0, 0];
  let onChange = () => {};
  let handle: Parameters<Ports["serve"]>[0] | undefined;
  const serve: Ports["serve"] = async (api) => {
    handle = api;
    return { origin: "http://127.0.0.1:8100", close: async () => undefined };
  };
  const write = vi.fn();
  const ports = { serve, stdout: { isTerminal: false, write } };
  void runCommand(["dev", "--document", "environment.json"], { files, ports }, (port) => ({
    ...port,
    read: async () => {
      const text = versions[version] ?? "";
      reads += 1;
      // The first of the two takes longer.
      if (reads === 2) await new Promise((resolve) => setTimeout(resolve, 50));
      return text;
    },
    watch: (_path, listener) => {
      onChange = listener;
      return () => undefined;
    },
  }));
  await soon(() => write.mock.calls.length > 0);
  for (version of [1, 2]) onChange();
  const countReloads = () => write.mock.calls.filter(([line]) => /again/.test(line)).length;
  await soon(() => countReloads() === 2);
  const response = await handle?.({
    ...{ method: "GET", origin: "http://127.0.0.1", path: "/overrides", search: "" },
    headers: { host: "127.0.0.1" },
    body: new Uint8Array(),
  });
  const { features } = JSON.parse(new TextDecoder().decode(response?.body));
  expect(features[1]).toMatchObject({ feature: "max_items", value: 12 });
});

test("a file that cannot be watched ends the server", async () => {
  const problem = "System limit for number of file watchers reached";
  const close = vi.fn(async () => undefined);
  const ports = { serve: async () => ({ origin: "http://127.0.0.1:8100", close }) };
  const args = ["dev", "--document", "environment.json"];
  const { exitCode, stderr } = await runCommand(args, { files, ports }, (port) => ({
    ...port,
    watch: () => {
      throw new Error(problem);
    },
  }));
  expect(stderr).toBe(`error: ${problem}\n`);
  expect(exitCode).toBe(1);
  expect(close).toHaveBeenCalledOnce();
});
