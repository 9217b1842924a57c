import { expect, it, vi } from "vitest";
import { createRequestFlags } from "../../src/api/flags-api.ts";
import type { Flag } from "../../src/flags/flag.ts";
import type { Identity } from "../../src/identity/identity.ts";
import {
  apiFlag,
  catchError,
  client,
  fakePlatform,
  json,
  recordingLogger,
  settle,
} from "../fake-platform.ts";

const call = { signal: undefined, deadlineAt: 0 };

/** Creates a function that reads bodies as responses of the API, and rejects those that are none. */
function createReader() {
  let body = "";
  const requestFlags = createRequestFlags({
    options: { apiUrl: "https://flags.example/api/v1/" },
    connection: {
      createHeaders: () => ({}),
      createSendRequest: () => async (request) => {
        const headers = new Headers();
        const read = request.read({ status: 200, headers, text: body, sentAt: 0 });
        if (read === undefined) throw new TypeError("rejected");
        return read;
      },
    },
    timers: fakePlatform().timers,
    logger: recordingLogger(),
  });
  /** Returns `undefined` for a body that is rejected. */
  return (response: unknown, identity?: Identity): Promise<readonly Flag[] | undefined> => {
    body = JSON.stringify(response) ?? "";
    return requestFlags(identity, call).then(
      (flags) => [...flags.values()],
      () => undefined,
    );
  };
}

function parseFlags(response: unknown): Promise<readonly Flag[] | undefined> {
  return createReader()(response);
}

function parseIdentityFlags(response: unknown): Promise<readonly Flag[] | undefined> {
  const identity = { identifier: "user", traits: {}, transient: false, droppedTraits: [] };
  return createReader()(response, identity);
}

it("reads a flag of the flags endpoint", async () => {
  expect(
    await parseFlags([apiFlag("banner", { feature_state_value: "blue", enabled: false })]),
  ).toEqual([
    {
      featureName: "banner",
      featureId: 3,
      enabled: false,
      value: "blue",
      isDefault: false,
      reason: undefined,
      variant: null,
      experiment: undefined,
    },
  ]);
});

it.each(["blue", "", 0, 42, 1.5, false, true, null])(
  "keeps the value %j unchanged",
  async (value) => {
    expect(
      (await parseFlags([apiFlag("banner", { feature_state_value: value })]))?.[0]?.value,
    ).toBe(value);
  },
);

it("reads a missing value as null, as in the environment document", async () => {
  const flag = { feature: { id: 3, name: "banner" }, enabled: true };
  const expected = [{ featureName: "banner", enabled: true, value: null }];
  expect(await parseFlags([flag])).toMatchObject(expected);
  expect(await parseIdentityFlags({ flags: [flag] })).toMatchObject(expected);
});

it("reads reason, variant and experiment of an identity's flag", async () => {
  const metadata = {
    experiment: { id: 5, name: "colours", in_experiment: true, more: 1 },
    more: 1,
  };
  const flag = apiFlag("banner", { reason: "SPLIT; weight=30", variant: "red", metadata });
  expect((await parseIdentityFlags({ flags: [flag] }))?.[0]).toMatchObject({
    reason: "SPLIT; weight=30",
    variant: "red",
    experiment: { id: 5, name: "colours", inExperiment: true },
  });
});

it.each([
  [
    { id: "exp-1", in_experiment: false },
    { id: "exp-1", name: undefined, inExperiment: false },
  ],
  [
    { id: 5, name: null, in_experiment: true },
    { id: 5, name: undefined, inExperiment: true },
  ],
  [null, undefined],
  [undefined, undefined],
])("reads the experiment %j", async (experiment, expected) => {
  const flag = apiFlag("banner", { metadata: { experiment } });
  expect((await parseIdentityFlags({ flags: [flag] }))?.[0]?.experiment).toEqual(expected);
});

it("lists a repeated feature once, with its last flag", async () => {
  const flags = [apiFlag("a", { feature_state_value: 1 }), apiFlag("b"), apiFlag("a")];
  expect(await parseFlags(flags)).toEqual(await parseFlags([apiFlag("a"), apiFlag("b")]));
});

it("accepts null for optional members", async () => {
  const flag = apiFlag("banner", {
    id: null,
    feature: { id: null, name: "banner" },
    reason: null,
    variant: null,
    metadata: null,
  });
  expect((await parseFlags([flag]))?.[0]).toMatchObject({
    featureId: undefined,
    reason: undefined,
    variant: null,
    experiment: undefined,
  });
  expect(
    (await parseFlags([apiFlag("x", { feature: { name: "x" } })]))?.[0]?.featureId,
  ).toBeUndefined();
});

it("ignores unknown members", async () => {
  const flag = apiFlag("banner", {
    feature: { id: 3, name: "banner", type: ["anything"], owners: null },
    multivariate: [{}],
    environment: "production",
  });
  const plain = await parseFlags([apiFlag("banner")]);
  expect(await parseFlags([flag])).toEqual(plain);
  expect(await parseIdentityFlags({ flags: [flag], traits: "whatever", identity: 42 })).toEqual(
    plain,
  );
});

it("reads an empty list", async () => {
  expect(await parseFlags([])).toEqual([]);
  expect(await parseIdentityFlags({ flags: [] })).toEqual([]);
});

const badFlags: readonly unknown[] = [
  null,
  "banner",
  42,
  [],
  {},
  { feature: { id: 3, name: "banner" }, feature_state_value: "on" },
  apiFlag("banner", { enabled: "true" }),
  apiFlag("banner", { enabled: 1 }),
  apiFlag("banner", { enabled: null }),
  apiFlag("banner", { feature_state_value: {} }),
  apiFlag("banner", { feature_state_value: ["on"] }),
  { feature_state_value: "on", enabled: true },
  apiFlag("banner", { feature: null }),
  apiFlag("banner", { feature: "banner" }),
  apiFlag("banner", { feature: { id: 3 } }),
  apiFlag("banner", { feature: { id: 3, name: null } }),
  apiFlag("banner", { feature: { id: 3, name: 7 } }),
];

const badLists: readonly unknown[] = [
  undefined,
  null,
  "",
  "[]",
  42,
  true,
  {},
  { detail: "Missing identifier" },
];

it.each(badLists.map((body) => [JSON.stringify(body), body] as const))(
  "rejects %s as flags",
  async (_text, body) => {
    expect(await parseFlags(body)).toBeUndefined();
    expect(await parseIdentityFlags({ flags: body })).toBeUndefined();
  },
);

it.each([null, [], [apiFlag("banner")], "x", 42, {}, { flags: {} }, { flags: null }])(
  "rejects %j as an identity's flags",
  async (body) => {
    expect(await parseIdentityFlags(body)).toBeUndefined();
  },
);

it.each(badFlags.map((flag) => [JSON.stringify(flag), flag] as const))(
  "leaves out the malformed flag %s",
  async (_text, flag) => {
    const list = [apiFlag("fine"), flag, apiFlag("other")];
    const names = (flags: readonly Flag[] | undefined) => flags?.map((one) => one.featureName);
    expect(names(await parseFlags(list))).toEqual(["fine", "other"]);
    expect(names(await parseIdentityFlags({ flags: list }))).toEqual(["fine", "other"]);
  },
);

it.each([
  [{ feature: { id: "3", name: "banner" } }, { featureId: undefined }],
  [{ reason: 7 }, { reason: undefined }],
  [{ variant: 7 }, { variant: null }],
])("uses a flag without a malformed member that is optional: %j", async (members, expected) => {
  expect(await parseFlags([apiFlag("banner", members)])).toMatchObject([
    { featureName: "banner", enabled: true, ...expected },
  ]);
});

it("treats a malformed feature as unknown, with one warning", async () => {
  const logger = recordingLogger();
  const list = [apiFlag("fine"), apiFlag("bad", { enabled: 1 }), apiFlag("banner", { feature: 1 })];
  const platform = fakePlatform(({ method }) => json(method === "GET" ? list : { flags: list }));
  const flagsmith = client(platform, {
    logger,
    defaultFlagHandler: (name) => ({ enabled: false, value: `default of ${name}` }),
  });
  for (const flags of [
    await flagsmith.getEnvironmentFlags(),
    await flagsmith.getIdentityFlags("user"),
  ]) {
    expect(flags.source).toBe("remote");
    expect(flags.isFeatureEnabled("fine")).toBe(true);
    expect(flags.getFeatureValue("bad")).toBe("default of bad");
  }
  expect(logger.warnings).toEqual([
    'Feature "bad" is malformed in a response. It counts as unknown.',
    "Feature without a name is malformed in a response. It counts as unknown.",
  ]);
});

const html = "<!doctype html><title>Sign in</title>";

it.each([
  ["HTML", () => new Response(html, { headers: { "Content-Type": "text/html" } })],
  [
    "HTML that says it is JSON",
    () => new Response(html, { headers: { "Content-Type": "application/json" } }),
  ],
  ["an empty body", () => new Response("")],
  ["no body", () => new Response(null, { status: 204 })],
  ["null", () => json(null)],
  ["a bare string", () => json("ok")],
  ["two JSON texts", () => new Response("[][]")],
  ["another shape", () => json({ hello: 1 })],
])("rejects %s with INVALID_RESPONSE and its status, without a retry", async (_name, answer) => {
  for (const ask of ["getEnvironmentFlags", "getIdentityFlags"] as const) {
    const platform = fakePlatform(() => answer());
    const flagsmith = client(platform);
    const call = ask === "getIdentityFlags" ? flagsmith[ask]("user") : flagsmith[ask]();
    const error = await catchError(call);
    expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "INVALID_RESPONSE" });
    expect(error).toMatchObject({ status: answer().status });
    expect(error.message).toContain("https://flags.example/api/v1/");
    await settle();
    expect(platform.requests).toHaveLength(1);
    expect(platform.clock.pending).toBe(0);
  }
});

it("reads JSON after a byte order mark, with any content type", async () => {
  const text = `\ufeff${JSON.stringify([apiFlag("banner")])}`;
  const platform = fakePlatform(
    () => new Response(text, { headers: { "Content-Type": "text/plain" } }),
  );
  const flags = await client(platform).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});

it.each([
  "x",
  { experiment: "x" },
  { experiment: {} },
  { experiment: { id: 5, name: "x" } },
  { experiment: { id: null, in_experiment: true } },
  { experiment: { id: 5, in_experiment: null } },
  { experiment: { id: 5, name: 7, in_experiment: true } },
])("ignores the invalid experiment metadata %j", async (metadata) => {
  const [flag] = (await parseFlags([apiFlag("banner", { metadata })])) ?? [];
  expect(flag).toMatchObject({ featureName: "banner", experiment: undefined });
});

it("does not parse a response of the environment that repeats the last one", async () => {
  const parse = vi.spyOn(JSON, "parse");
  const read = createReader();
  const count = async (response: unknown) => {
    parse.mockClear();
    const flags = await read(response);
    return [parse.mock.calls.length, flags?.map(({ featureName }) => featureName)];
  };
  try {
    const [first, second] = [[apiFlag("first")], [apiFlag("second")]];
    expect(await count(first)).toEqual([1, ["first"]]);
    expect(await count(first)).toEqual([0, ["first"]]);
    expect(await count(second)).toEqual([1, ["second"]]);
    expect(await count("not flags")).toEqual([1, undefined]);
    expect(await count("not flags")).toEqual([0, undefined]);
    expect(await count(first)).toEqual([1, ["first"]]);
  } finally {
    parse.mockRestore();
  }
});

it("keeps the changes of a caller out of the flags of the next one", async () => {
  const flagsmith = client(fakePlatform(() => json([apiFlag("banner", { enabled: true })])));
  const flags = await flagsmith.getEnvironmentFlags();
  Object.assign(flags.getFlag("banner"), { enabled: false });
  Object.assign(flags.allFlags()[0] ?? {}, { enabled: false });
  expect((await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner")).toBe(true);
});
