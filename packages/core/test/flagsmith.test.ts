import { expect, it } from "vitest";
import { FlagsmithAPIError } from "../src/errors.ts";
import type { Traits } from "../src/identity/traits.ts";
import {
  apiFlag,
  catchError,
  client,
  deferredResponse,
  fakePlatform,
  hang,
  json,
  localClient,
  redirect,
  settle,
  status,
} from "./fake-platform.ts";

const identityAnswer = () => json({ flags: [apiFlag("banner")], traits: [] });

function bodies(platform: ReturnType<typeof fakePlatform>) {
  return platform.requests.map(({ body }) => JSON.parse(body ?? "null"));
}

it("sends one request for each call", async () => {
  const platform = fakePlatform(({ method }) => (method === "POST" ? identityAnswer() : json([])));
  const flagsmith = client(platform);
  await Promise.all([flagsmith.getEnvironmentFlags(), flagsmith.getEnvironmentFlags()]);
  await flagsmith.getIdentityFlags("a");
  await flagsmith.getIdentityFlags("a");
  expect(platform.requests.map(({ method }) => method)).toEqual(["GET", "GET", "POST", "POST"]);
});

it("sends every kind of trait value unchanged", async () => {
  const platform = fakePlatform(identityAnswer);
  await client(platform).getIdentityFlags("user", {
    zero: 0,
    no: false,
    empty: "",
    gone: null,
    half: 0.5,
    huge: 1e21,
    text: " spaced ",
    hidden: { value: "x", transient: true },
    shown: { value: 0, transient: false },
  });
  expect(bodies(platform)).toEqual([
    {
      identifier: "user",
      traits: [
        { trait_key: "zero", trait_value: 0 },
        { trait_key: "no", trait_value: false },
        { trait_key: "empty", trait_value: "" },
        { trait_key: "gone", trait_value: null },
        { trait_key: "half", trait_value: 0.5 },
        { trait_key: "huge", trait_value: 1e21 },
        { trait_key: "text", trait_value: " spaced " },
        { trait_key: "hidden", trait_value: "x", transient: true },
        { trait_key: "shown", trait_value: 0 },
      ],
    },
  ]);
  expect(platform.requests[0]?.body).toContain("1e+21");
});

it.each([
  [true, true],
  [{ transient: true }, true],
  [false, false],
  [undefined, false],
  [{}, false],
  [{ transient: false }, false],
  [{ transient: undefined }, false],
  [{ transient: true, signal: undefined }, true],
  [{ signal: undefined }, false],
])("accepts %j as options of an identity call", async (given, isTransient) => {
  const platform = fakePlatform(identityAnswer);
  await client(platform).getIdentityFlags("user", undefined, given);
  expect(bodies(platform)).toEqual([
    { identifier: "user", traits: [], ...(isTransient && { transient: true }) },
  ]);
});

it("does not leak traits between calls", async () => {
  const platform = fakePlatform(identityAnswer);
  const flagsmith = client(platform);
  await flagsmith.getIdentityFlags("a", { plan: "gold" }, true);
  await flagsmith.getIdentityFlags("b");
  expect(bodies(platform)[1]).toEqual({ identifier: "b", traits: [] });
});

it("later changes to the traits do not affect a call or its retries", async () => {
  const platform = fakePlatform((_request, count) => (count < 3 ? status(503) : identityAnswer()));
  const plan = { value: "gold", transient: true };
  const traits: Record<string, { value: string; transient: boolean }> = { plan };
  const call = client(platform).getIdentityFlags("user", traits);
  plan.value = "free";
  plan.transient = false;
  traits["other"] = { value: "x", transient: false };
  await platform.clock.run(call);
  expect(platform.requests).toHaveLength(3);
  for (const body of bodies(platform)) {
    expect(body).toEqual({
      identifier: "user",
      traits: [{ trait_key: "plan", trait_value: "gold", transient: true }],
    });
  }
});

it("does not change or freeze the caller's arguments", async () => {
  const platform = fakePlatform(identityAnswer);
  const traits = Object.freeze({ plan: Object.freeze({ value: "gold", transient: true }) });
  const options = Object.freeze({ transient: true });
  await client(platform).getIdentityFlags("user", traits, options);
  const mutable = { plan: "gold" };
  await client(platform).getIdentityFlags("user", mutable);
  expect(mutable).toEqual({ plan: "gold" });
  expect(Object.isFrozen(mutable)).toBe(false);
});

it("two calls do not share flags", async () => {
  const platform = fakePlatform(() => json([apiFlag("banner")]));
  const flagsmith = client(platform);
  const first = await flagsmith.getEnvironmentFlags();
  const second = await flagsmith.getEnvironmentFlags();
  (first.getFlag("banner") as { enabled: boolean }).enabled = false;
  expect(first.isFeatureEnabled("banner")).toBe(true);
  expect(second.isFeatureEnabled("banner")).toBe(true);
});

const invalidTraits: Record<string, unknown> = {
  NaN: { plan: Number.NaN },
  "an object": { plan: { a: 1 } },
  "a function": { plan: () => 1 },
  "a long key": { ["k".repeat(201)]: 1 },
  "an array of traits": [{ trait_key: "plan", trait_value: 1 }],
};

for (const [name, traits] of Object.entries(invalidTraits)) {
  it(`with strictTraits, rejects ${name} before any request`, async () => {
    const platform = fakePlatform(identityAnswer);
    const flagsmith = client(platform, {
      defaultFlagHandler: () => ({ enabled: true }),
      strictTraits: true,
    });
    const error = await catchError(flagsmith.getIdentityFlags("user", traits as Traits));
    expect(error.code).toBe("INVALID_TRAIT");
    expect(error).not.toBeInstanceOf(FlagsmithAPIError);
    expect(platform.requests).toEqual([]);
    expect(platform.clock.sleeps).toEqual([]);
  });
}

it.each(["x", 1, { transiant: true }, { transient: "yes" }, { transient: null }])(
  "rejects %j instead of options, in both modes",
  async (given) => {
    for (const make of [client, localClient]) {
      const platform = fakePlatform(identityAnswer);
      const call = make(platform).getIdentityFlags("user", {}, given as never);
      const error = await catchError(call);
      expect(error.code).toBe("INVALID_OPTIONS");
      expect(error.message).toMatch(
        /^(Option transient must be true or false\.|Unknown option "transiant"\. Did you mean "transient"\?)$/,
      );
      expect(platform.requests).toHaveLength(0);
    }
  },
);

it.each(["", " ", "x".repeat(2001), "a\0b", 1.5, undefined, null])(
  "rejects an invalid identifier before any request (%#)",
  async (identifier) => {
    const platform = fakePlatform(identityAnswer);
    const flagsmith = client(platform, { defaultFlagHandler: () => ({ enabled: true }) });
    const error = await catchError(flagsmith.getIdentityFlags(identifier as string));
    expect(error.code).toBe("INVALID_IDENTIFIER");
    expect(platform.requests).toEqual([]);
  },
);

it("an abort rejects in spite of a defaultFlagHandler", async () => {
  const handled: string[] = [];
  const defaultFlagHandler = (name: string) => {
    handled.push(name);
    return { enabled: true };
  };
  const platform = fakePlatform(hang);
  const reason = new Error("the user left");
  const controller = new AbortController();
  const call = client(platform, { defaultFlagHandler }).getIdentityFlags(
    "user",
    {},
    {
      signal: controller.signal,
    },
  );
  const outcome = expect(call).rejects.toBe(reason);
  await settle();
  controller.abort(reason);
  await outcome;
  expect(handled).toEqual([]);
});

it.each([
  ["API_STATUS", () => status(403)],
  ["API_UNREACHABLE", () => redirect("https://evil.example/")],
  ["INVALID_RESPONSE", () => json({ hello: 1 })],
  ["API_TIMEOUT", hang],
  [
    "PERMISSION_DENIED",
    () => {
      throw new Error("denied");
    },
  ],
] as const)(
  "after %s it returns default flags, or rejects without a handler",
  async (code, answer) => {
    const isPermissionError = () => code === "PERMISSION_DENIED";
    const platform = fakePlatform(answer, { isPermissionError });
    const error = await catchError(platform.clock.run(client(platform).getEnvironmentFlags()));
    expect(error).toBeInstanceOf(FlagsmithAPIError);
    expect(error.code).toBe(code);
    const withHandler = client(platform, {
      defaultFlagHandler: () => ({ enabled: true, value: 1 }),
    });
    const flags = await platform.clock.run(withHandler.getEnvironmentFlags());
    expect(flags.getFlag("banner")).toMatchObject({ isDefault: true, value: 1, enabled: true });
  },
);

it("retries before it uses the defaultFlagHandler", async () => {
  const platform = fakePlatform((_request, count) => (count < 4 ? status(503) : json([])));
  const handled: string[] = [];
  const flagsmith = client(platform, {
    defaultFlagHandler: (name) => {
      handled.push(name);
      return { enabled: true };
    },
  });
  await platform.clock.run(flagsmith.getEnvironmentFlags());
  expect(platform.requests).toHaveLength(4);
  expect(handled).toEqual([]);
});

it("checks for an abort before it validates arguments", async () => {
  const reason = new Error("the user left");
  const signal = AbortSignal.abort(reason);
  const call = client(fakePlatform()).getIdentityFlags("", { plan: Number.NaN }, { signal });
  await expect(call).rejects.toBe(reason);
});

it("rejects with CLOSED after close(), in spite of a defaultFlagHandler", async () => {
  const platform = fakePlatform(() => json([]));
  const flagsmith = client(platform, { defaultFlagHandler: () => ({ enabled: true }) });
  await flagsmith.getEnvironmentFlags();
  await flagsmith.close();
  await flagsmith.close();
  for (const call of [
    () => flagsmith.getEnvironmentFlags(),
    () => flagsmith.getEnvironmentFlags({ signal: AbortSignal.abort() }),
    () => flagsmith.getIdentityFlags("user"),
    () => flagsmith.getIdentityFlags(""),
  ]) {
    expect((await catchError(call)).code).toBe("CLOSED");
  }
  expect(platform.requests).toHaveLength(1);
});

it("a call in progress at close() returns its flags", async () => {
  const { response, respond } = deferredResponse();
  const platform = fakePlatform(() => response);
  const flagsmith = client(platform);
  const call = flagsmith.getEnvironmentFlags();
  await settle();
  await flagsmith.close();
  respond(json([apiFlag("banner")]));
  const flags = await call;
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});

it("never throws synchronously", () => {
  const flagsmith = client(fakePlatform());
  const calls = [
    () => flagsmith.getIdentityFlags(42 as unknown as string),
    () => flagsmith.getIdentityFlags("user", "traits" as unknown as Traits),
    () => flagsmith.getEnvironmentFlags({ signal: AbortSignal.abort() }),
  ];
  for (const call of calls) {
    const promise = call();
    expect(promise).toBeInstanceOf(Promise);
    promise.catch(() => undefined);
  }
});

it.each([-1, Number.NaN, Infinity, 172_801, "5" as unknown as number, null as unknown as number])(
  "ready() rejects a timeout of %s seconds",
  async (timeoutSeconds) => {
    const platform = fakePlatform();
    for (const flagsmith of [client(platform), localClient(platform)]) {
      const error = await catchError(flagsmith.ready({ timeoutSeconds }));
      expect(error.code).toBe("INVALID_OPTIONS");
      expect(error.message).toBe(
        "Option timeoutSeconds must be a number, 0 or more and at most 172800.",
      );
    }
    expect(platform.requests).toEqual([]);
  },
);

it.each([0, 172_800, undefined])(
  "ready() accepts a timeout of %s seconds",
  async (timeoutSeconds) => {
    await client(fakePlatform()).ready({ timeoutSeconds });
  },
);

it("a destructured method explains why it does not work", async () => {
  const { getEnvironmentFlags, getIdentityFlags, status: readStatus } = client(fakePlatform());
  const explanation = "Call flagsmith.getIdentityFlags(…) as a method of its object.";
  await expect(getEnvironmentFlags()).rejects.toThrow(explanation);
  await expect(getIdentityFlags("user-42")).rejects.toThrow(explanation);
  expect(() => readStatus()).toThrow(explanation);
});
