import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { storageKey, toStorageRecord } from "flagsmith-isomorphic";
import { describe, expect, test } from "vitest";
import { recordedDocument, secretKey, serveShop, shopDocument } from "./support/documents.ts";
import { runCommand, type World } from "./support/run-command.ts";

interface Check {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly advice: string | null;
}

/** Runs the command, and returns the checks by name. */
async function check(world: World, ...args: readonly string[]) {
  const { exitCode, json } = await runCommand(["doctor", "--json", ...args], world);
  const checks = json()["checks"] as readonly Check[];
  const byName: Partial<Record<CheckName, Check>> = Object.fromEntries(
    checks.map((one) => [one.name, one]),
  );
  return { exitCode, ...byName };
}

type CheckName =
  | "key"
  | "url"
  | "proxy"
  | "api"
  | "clock"
  | "size"
  | "conditions"
  | "realtime"
  | "store";

const now = Date.parse("2026-11-28T12:00:00Z");

/** The clock of the API is that of the command. */
function serve(options: Partial<Parameters<typeof createFlagsmithApi>[0]> = {}) {
  const api = createFlagsmithApi({
    document: shopDocument,
    environmentKey: secretKey,
    now: () => now,
    ...options,
  });
  const env = { FLAGSMITH_ENVIRONMENT_KEY: secretKey, FLAGSMITH_API_URL: "https://flags.test" };
  return { api, world: { fetch: api.fetch, env } };
}

test("a healthy set-up has no advice", async () => {
  const { exitCode, stdout } = await runCommand(["doctor"], serve().world);
  expect(
    stdout,
  ).toBe(`✓ key         server-side, for local and remote evaluation, from FLAGSMITH_ENVIRONMENT_KEY
✓ url         https://flags.test/api/v1/, from FLAGSMITH_API_URL
✓ proxy       none in the variables of the environment
✓ api         returned the environment document in 0 ms
✓ clock       the same as that of the API
✓ size        ${JSON.stringify(shopDocument).length.toLocaleString("en-US")} bytes, 4 features, 1 segment, 1 identity with overrides
✓ conditions  all can be evaluated
· realtime    the project does not have realtime updates
· store       use --store with a folder or a file
7 ok, 0 warnings, 0 failed, 2 skipped
`);
  expect(exitCode).toBe(0);
});

test("a server-side key makes one request", async () => {
  const { api, world } = serve();
  await check(world);
  expect(api.requests.map(({ path }) => path)).toEqual(["/api/v1/environment-document/"]);
});

test("the advice is below its check", async () => {
  const env = { FLAGSMITH_API_URL: "http://flags.test/" };
  const { exitCode, stdout } = await runCommand(["doctor"], { env });
  expect(stdout).toBe(`✗ key         there is none
              Set FLAGSMITH_ENVIRONMENT_KEY to a key of Environment settings > SDK keys.
! url         http://flags.test/api/v1/, from FLAGSMITH_API_URL
              Use https: the environment key is sent without encryption.
✓ proxy       none in the variables of the environment
· api         needs a key
· clock       needs a key
· size        needs a key
· conditions  needs a key
· realtime    needs the environment document
· store       needs a key
1 ok, 1 warning, 1 failed, 6 skipped
`);
  expect(exitCode).toBe(3);
});

test("a clock that is set back during a request does not change its duration", async () => {
  const { world } = serve();
  let time = now;
  let elapsedMs = 0;
  const ports = { now: () => (time -= 3_600_000), monotonicNow: () => (elapsedMs += 20.4) };
  const { api } = await check({ ...world, ports });
  expect(api?.message).toBe("returned the environment document in 20 ms");
});

describe("settings", () => {
  test("without a key, the checks that need one are skipped", async () => {
    const { exitCode, key, api, store } = await check({});
    expect(key).toMatchObject({ status: "failed", message: "there is none" });
    expect([api?.status, store?.status, exitCode]).toEqual(["skipped", "skipped", 3]);
  });

  test("a key with quotes is not sent", async () => {
    const { api, world } = serve();
    const env = { ...world.env, FLAGSMITH_ENVIRONMENT_KEY: `"${secretKey}"` };
    const { key } = await check({ ...world, env });
    expect(key).toMatchObject({ status: "failed" });
    expect(api.requests).toEqual([]);
  });

  test("a client-side key is for remote evaluation", async () => {
    const { api, world } = serve();
    const env = { ...world.env, FLAGSMITH_ENVIRONMENT_KEY: "client-side-key" };
    const checks = await check({ ...world, env });
    expect(checks.key?.message).toMatch(/^client-side/);
    const message = "returned the flags of the environment in 0 ms";
    expect(checks.api).toMatchObject({ status: "ok", message });
    expect(checks.size).toMatchObject({ status: "skipped" });
    expect(api.requests.map(({ path }) => path)).toEqual(["/api/v1/flags/"]);
    api.failNext(20, { kind: "status", status: 401 });
    expect((await check({ ...world, env })).api).toMatchObject({ status: "failed" });
  });

  test("a URL without encryption is a warning", async () => {
    const { world } = serve();
    const env = { ...world.env, FLAGSMITH_API_URL: "http://flags.test/other/" };
    const { url } = await check({ ...world, env });
    expect(url).toMatchObject({ status: "warning", advice: expect.stringMatching(/Use https/) });
  });

  test("a URL with another path is a warning", async () => {
    const { world } = serve();
    const env = { ...world.env, FLAGSMITH_API_URL: "https://flags.test/api/v1/other/" };
    const { url } = await check({ ...world, env });
    expect(url).toMatchObject({ status: "warning", advice: expect.stringMatching(/api\/v1\/\.$/) });
  });

  test("a proxy that fetch does not use is a warning", async () => {
    const { world } = serve();
    const env = { ...world.env, HTTPS_PROXY: "http://proxy.test:8080" };
    expect((await check({ ...world, env })).proxy).toMatchObject({ status: "warning" });
    const used = { ...world, env: { ...env, NODE_USE_ENV_PROXY: "1" } };
    expect((await check(used)).proxy).toMatchObject({ status: "ok" });
    const forAll = { ...world.env, ALL_PROXY: "http://proxy.test:8080", NODE_USE_ENV_PROXY: "1" };
    expect((await check({ ...world, env: forAll })).proxy).toMatchObject({
      status: "warning",
      advice: expect.stringContaining("Set HTTPS_PROXY and NODE_USE_ENV_PROXY=1"),
    });
  });
});

describe("the API", () => {
  test.each([
    [401, /is a key of an environment at/],
    [403, /is a key of an environment at/],
    [404, /Check the path of the URL/],
    [429, /limits requests/],
    [500, /status page/],
    [503, /status page/],
  ])("status %i has advice of its own", async (status, advice) => {
    const { api, world } = serve();
    api.failNext(20, { kind: "status", status, retryAfter: "0" });
    const checks = await check(world);
    expect(checks.api).toMatchObject({ status: "failed", advice: expect.stringMatching(advice) });
    expect(checks.exitCode).toBe(3);
  });

  test.each([
    ["a host that is down", { kind: "reset" }, /name of the host/, []],
    ["a login page", { kind: "html200" }, /not of a proxy or a login page/, []],
    ["no answer", { kind: "hang" }, /Try --timeout 30/, ["--timeout", "0.2"]],
  ] as const)("%s has advice of its own", async (_, fault, advice, args) => {
    const { api, world } = serve();
    api.failNext(20, fault);
    const checks = await check(world, ...args);
    expect(checks.api?.advice).toMatch(advice);
  });

  test.each([
    [-90, "warning", "90 seconds ahead of the API"],
    [90, "warning", "90 seconds behind the API"],
    [-30, "ok", "30 seconds ahead of the API"],
    [1, "ok", "1 second behind the API"],
  ])("a clock of the API that differs by %i s is reported", async (seconds, status, message) => {
    const { world } = serve({ now: () => now + seconds * 1000 });
    expect((await check(world)).clock).toMatchObject({ status, message });
  });

  test("a condition that is rejected is a warning with its segment", async () => {
    const { world } = serve({ document: recordedDocument });
    expect((await check(world)).conditions).toMatchObject({
      status: "warning",
      message: expect.stringMatching(/^Segment "bad_regex"/),
    });
  });

  test("the number of further problems is printed", async () => {
    const segment = (id: number) => ({
      id,
      name: `bad_${id}`,
      feature_states: [],
      rules: [
        { type: "ALL", rules: [], conditions: [{ operator: "REGEX", property_: "a", value: "(" }] },
      ],
    });
    const message = async (count: number) => {
      const segments = Array.from({ length: count }, (_, index) => segment(index));
      const project = { ...shopDocument.project, segments };
      const { world } = serve({ document: { ...shopDocument, project } });
      return (await check(world)).conditions?.message;
    };
    expect(await message(1)).not.toContain(" And ");
    expect(await message(2)).toMatch(/^Segment "bad_0".*\. And 1 other problem\.$/);
    expect(await message(3)).toMatch(/\. And 2 other problems\.$/);
  });

  test("without a date, the clock is not compared", async () => {
    const { api, world } = serve();
    const fetch: typeof api.fetch = async (url, init) => {
      const response = await api.fetch(url, init);
      response.headers.delete("date");
      return response;
    };
    const message = "the API sent no date";
    expect((await check({ ...world, fetch })).clock).toMatchObject({ status: "skipped", message });
  });

  test("a large document is a warning", async () => {
    const [state] = shopDocument.feature_states;
    if (state === undefined) throw new Error("no feature");
    const large = { ...state, feature_state_value: "x".repeat(5_000_000) };
    const { world } = serve({ document: { ...shopDocument, feature_states: [large] } });
    expect((await check(world)).size).toMatchObject({ status: "warning" });
  });
});

describe("realtime", () => {
  const args = ["--realtime-url", "https://realtime.test"];

  test("a stream that opens is closed again", async () => {
    const { api, world } = serve({ realtime: true });
    expect((await check(world, ...args)).realtime).toMatchObject({ status: "ok" });
    expect(api.openStreamCount).toBe(0);
  });

  test("another answer is a failure", async () => {
    const { exitCode, realtime } = await check(serve().world, ...args);
    expect(realtime).toMatchObject({ status: "failed", message: expect.stringMatching(/404/) });
    expect(exitCode).toBe(3);
  });

  test("a project with realtime updates needs the URL of a self-hosted service", async () => {
    const project = { ...shopDocument.project, enable_realtime_updates: true };
    const { world } = serve({ document: { ...shopDocument, project } });
    expect((await check(world)).realtime?.message).toBe("needs --realtime-url");
  });

  test("the hosted API has a service of its own", async () => {
    const project = { ...shopDocument.project, enable_realtime_updates: true };
    const { api, world } = serve({ document: { ...shopDocument, project }, realtime: true });
    const { FLAGSMITH_ENVIRONMENT_KEY } = world.env;
    const { realtime } = await check({ ...world, env: { FLAGSMITH_ENVIRONMENT_KEY } });
    const message = "the stream at https://realtime.flagsmith.com/ opens";
    expect(realtime).toMatchObject({ status: "ok", message });
    expect(api.requests.at(-1)?.headers["accept"]).toBe("text/event-stream");
  });

  test.each([
    [200, "text/html"],
    [503, "text/event-stream"],
  ])("an answer %i of the type %s is no stream", async (status, type) => {
    const { api, world } = serve();
    const page = { status, headers: { "content-type": type } };
    const fetch: typeof api.fetch = async (url, init) =>
      String(url).includes("/stream") ? new Response("", page) : api.fetch(url, init);
    const message = `https://realtime.test/ returned ${status} (${type})`;
    const { realtime } = await check({ ...world, fetch }, ...args);
    expect(realtime).toMatchObject({ status: "failed", message });
  });

  test("no answer is a failure", async () => {
    const { api, world } = serve();
    const fetch: typeof api.fetch = async (url, init) =>
      String(url).includes("/stream") ? Promise.reject(new Error("down")) : api.fetch(url, init);
    const message = "the stream at https://realtime.test/ does not open";
    const { realtime } = await check({ ...world, fetch }, ...args);
    expect(realtime).toMatchObject({ status: "failed", message });
  });
});

test("a realtime URL that is none is wrong input", async () => {
  const args = ["doctor", "--realtime-url", "realtime.test"];
  const { exitCode, stderr } = await runCommand(args, serve().world);
  expect(stderr).toBe(
    "error: --realtime-url must be a URL that starts with https:// or http://.\n",
  );
  expect(exitCode).toBe(2);
});

describe("a store", () => {
  const apiUrl = "https://flags.test/api/v1/";
  const record = (fetchedAt: number, document: object = shopDocument) =>
    toStorageRecord(document, { environmentKey: secretKey, apiUrl, fetchedAt });

  const checkStore = async (content: string, lease = "") => {
    const key = await storageKey(secretKey, apiUrl);
    const files = { [`cache/${key}`]: content, [`cache/${key}-lease`]: lease };
    const world = { ...serve().world, files };
    return (await check(world, "--store", "cache")).store;
  };

  test("with a recent record is fine", async () => {
    expect(await checkStore((await record(now - 1000)).value)).toMatchObject({ status: "ok" });
  });

  test("with an old record whose lease was renewed is fine", async () => {
    const { value } = await record(now - 3 * 86_400_000);
    const { digest } = JSON.parse(value);
    const lease = JSON.stringify({ fetchedAt: now - 1000, digest });
    expect(await checkStore(value, lease)).toMatchObject({
      status: "ok",
      message: `a record from ${new Date(now - 1000).toISOString()}`,
    });
  });

  test.each(["{", "null", '{"fetchedAt":1e300}', `{"fetchedAt":${now},"digest":"another"}`])(
    "with an old record and the lease %s is a warning",
    async (lease) => {
      const { value } = await record(now - 3 * 86_400_000);
      expect(await checkStore(value, lease)).toMatchObject({ status: "warning" });
    },
  );

  test.each([
    ["an old one", now - 3 * 86_400_000, "warning", /3 days old/],
    ["one from the future", now + 600_000, "failed", /in the future/],
  ])("with %s is reported", async (_, fetchedAt, status, message) => {
    const store = await checkStore((await record(fetchedAt)).value);
    expect(store).toMatchObject({ status, message: expect.stringMatching(message) });
  });

  test("with one of another environment is a failure", async () => {
    const other = await record(now, { ...shopDocument, api_key: "another" });
    expect(await checkStore(other.value)).toMatchObject({
      status: "failed",
      message: expect.stringMatching(/another environment/),
    });
  });

  test.each(["{", JSON.stringify({ fetchedAt: 1e300, document: shopDocument })])(
    "with the broken record %j is a failure",
    async (content) => {
      expect(await checkStore(content)).toMatchObject({ status: "failed" });
    },
  );

  test("can be the file of a record, and its document is not compared without one", async () => {
    const files = { "record.json": (await record(now - 1000)).value };
    const world = { ...serve().world, files };
    const env = { ...world.env, FLAGSMITH_ENVIRONMENT_KEY: "client-side-key" };
    for (const one of [world, { ...world, env }]) {
      expect((await check(one, "--store", "record.json")).store).toMatchObject({ status: "ok" });
    }
  });

  test("without a record is a warning", async () => {
    const world = { ...serve().world, files: { "cache/other": "" } };
    expect((await check(world, "--store", "cache")).store).toMatchObject({ status: "warning" });
  });

  test("that is missing is a failure", async () => {
    expect((await check(serve().world, "--store", "cache")).store).toMatchObject({
      message: "cache cannot be read",
    });
  });
});

test("user name and password of the URL are not printed", async () => {
  const { world } = serveShop();
  const env = { ...world.env, FLAGSMITH_API_URL: "https://ann:hunter2@flags.test/api/v1/" };
  const { stdout, stderr } = await runCommand(["doctor"], { ...world, env });
  expect(stdout + stderr).not.toMatch(/ann|hunter2/);
});
