import { Flagsmith } from "@flagsmith-isomorphic/node";
import { encryptOverrides } from "flags";
import { evaluate, flag } from "flags/next";
import * as v from "valibot";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { FlagsmithAdapter } from "../src/flagsmith-adapter.ts";
import { identifyByHeader } from "../src/identify.ts";
import { toVercelFlags } from "../src/to-vercel-flags.ts";
import { appFlags, createRequest, secret, setUp } from "./support/set-up.ts";

const down = { kind: "status", status: 503 } as const;
const remote = { enableLocalEvaluation: false };

describe("defined flags", () => {
  it("have the values and the types of their definitions", async () => {
    const { flagsmithAdapter } = setUp();
    const declared = toVercelFlags(appFlags, flagsmithAdapter);
    const flags = {
      darkMode: flag(declared.dark_mode),
      maxItems: flag(declared.max_items),
      tier: flag(declared.tier),
      banner: flag(declared.banner),
    };
    const values = await evaluate(flags, createRequest("user-7"));
    expect(values).toEqual({
      darkMode: false,
      maxItems: 8,
      tier: expect.stringMatching(/^(free|pro|team)$/),
      banner: { title: "Banner 7" },
    });
    expectTypeOf(values.darkMode).toEqualTypeOf<boolean>();
    expectTypeOf(values.maxItems).toEqualTypeOf<number>();
    expectTypeOf(values.tier).toEqualTypeOf<"free" | "pro" | "team">();
    expectTypeOf(values.banner).toEqualTypeOf<{ title: string }>();
    // @ts-expect-error -- not defined
    expect(declared.other).toBeUndefined();
  });

  it("have descriptions, defaults and options for the toolbar", () => {
    const { flagsmithAdapter } = setUp();
    const { dark_mode, tier, max_items } = toVercelFlags(appFlags, flagsmithAdapter);
    const { key, description, defaultValue, options } = flag(dark_mode);
    expect([key, description, defaultValue]).toEqual(["dark_mode", "Dark theme", false]);
    expect(options).toEqual([
      { value: false, label: "Off" },
      { value: true, label: "On" },
    ]);
    expect(flag(tier).options).toEqual([{ value: "free" }, { value: "pro" }, { value: "team" }]);
    expect(flag({ ...max_items, options: [10, 25] }).options).toEqual([
      { value: 10 },
      { value: 25 },
    ]);
  });

  it("have their defaults while the API fails, with one warning", async () => {
    const { api, flagsmithAdapter, warnings } = setUp({ client: remote });
    const declared = toVercelFlags(appFlags, flagsmithAdapter);
    const flags = [flag(declared.dark_mode), flag(declared.banner)] as const;
    const log = vi.spyOn(console, "warn").mockReturnValue();
    api.failNext(2, down);
    expect(await evaluate(flags, createRequest("user-8"))).toEqual([false, { title: "" }]);
    expect(await evaluate(flags, createRequest("user-8"))).toEqual([false, { title: "" }]);
    expect(warnings).toEqual([expect.stringMatching(/cannot be evaluated.*503/)]);
    expect(log).not.toHaveBeenCalled();
    expect(await evaluate(flags, createRequest("user-8"))).toEqual([true, { title: "Banner 8" }]);
    log.mockRestore();
  });
});

describe("flags without a definition", () => {
  it("read the state, the value or JSON of a feature", async () => {
    const { flagsmithAdapter } = setUp();
    const flags = [
      flag({ key: "dark_mode", adapter: flagsmithAdapter.toggle() }),
      flag({ key: "max_items", adapter: flagsmithAdapter.number() }),
      flag({ key: "greeting", adapter: flagsmithAdapter.string() }),
      flag({ key: "banner", adapter: flagsmithAdapter.json(v.object({ title: v.string() })) }),
      flag({
        key: "tier",
        adapter: flagsmithAdapter.custom((flags, name) => flags.getFlag(name).reason),
      }),
    ] as const;
    const values = await evaluate(flags, createRequest("user-4"));
    expect(values).toEqual([true, 5, "Hello 4", { title: "Banner 4" }, expect.any(String)]);
    expectTypeOf(values[3]).toEqualTypeOf<{ title: string }>();
  });

  it("have their defaults if a feature is off, unknown or has another value", async () => {
    const { flagsmithAdapter } = setUp();
    const adapter = flagsmithAdapter.number();
    const decide = (key: string) => flag({ key, adapter, defaultValue: 3 })(createRequest());
    expect(await Promise.all(["sale", "unknown", "greeting"].map(decide))).toEqual([3, 3, 3]);
    const toggle = flagsmithAdapter.toggle();
    expect(await flag({ key: "unknown", adapter: toggle })(createRequest())).toBe(false);
    const isOn = flag({ key: "unknown", adapter: toggle, defaultValue: true });
    expect(await isOn(createRequest())).toBe(true);
  });

  it("can have the value null, which is not their default", async () => {
    const { flagsmithAdapter } = setUp();
    const adapter = flagsmithAdapter.custom((flags, name) => flags.getFlag(name).variant);
    const greeting = { key: "greeting", adapter };
    const flags = [flag(greeting), flag({ ...greeting, defaultValue: "none" })] as const;
    expect(await evaluate(flags, createRequest())).toEqual([null, null]);
  });

  it("have null as their default while the API fails", async () => {
    const { api, flagsmithAdapter } = setUp({ client: remote });
    const log = vi.spyOn(console, "warn").mockReturnValue();
    api.failNext(1, down);
    const adapter = flagsmithAdapter.custom<string | null>(
      () => "read",
      () => "other",
    );
    const greeting = flag({ key: "greeting", adapter, defaultValue: null });
    expect(await greeting(createRequest())).toBeNull();
    log.mockRestore();
  });

  it("fail with the error of the client if they have no default", async () => {
    const { api, flagsmithAdapter } = setUp({ client: remote });
    const log = vi.spyOn(console, "warn").mockReturnValue();
    api.failNext(2, down);
    const maxItems = flag({ key: "max_items", adapter: flagsmithAdapter.number() });
    await expect(maxItems(createRequest())).rejects.toThrow("503");
    await expect(evaluate([maxItems], createRequest())).rejects.toThrow("503");
    log.mockRestore();
  });
});

describe("a request", () => {
  it("is one evaluation, for all kinds of flags", async () => {
    const { api, flagsmithAdapter } = setUp({ client: remote });
    const declared = toVercelFlags(appFlags, flagsmithAdapter);
    const request = createRequest("user-2");
    const page = [flag(declared.dark_mode), flag(declared.max_items), flag(declared.tier)] as const;
    await evaluate(page, request);
    await flag(declared.greeting)(request);
    await flag({ key: "max_items", adapter: flagsmithAdapter.number() })(request);
    expect(api.requests).toHaveLength(1);
    await evaluate(page, createRequest("user-2"));
    expect(api.requests).toHaveLength(2);
  });

  it("is evaluated once for each of its identities", async () => {
    const { api, flagsmithAdapter } = setUp({ client: remote });
    const declared = toVercelFlags(appFlags, flagsmithAdapter);
    const team = identifyByHeader("x-team");
    const maxItems = flag(declared.max_items);
    const ofTeam = flag({ ...declared.max_items, key: "max_items", identify: team });
    const request = createRequest("user-2", { "x-team": "user-3" });
    expect(await evaluate([maxItems, ofTeam], request)).toEqual([3, 4]);
    expect(await maxItems.run({ identify: { identifier: "user-9" }, request })).toBe(10);
    expect(api.requests).toHaveLength(3);
  });

  it("is evaluated again after a failure", async () => {
    const { api, flagsmithAdapter } = setUp({ client: remote });
    const adapter = flagsmithAdapter.number();
    const request = createRequest("user-2");
    api.failNext(1, down);
    const one = flag({ key: "max_items", adapter, defaultValue: 0 });
    const other = flag({ key: "max_items", adapter, defaultValue: 0 });
    expect(await one(request)).toBe(0);
    expect(await other.decide?.({ headers: request.headers, cookies: {} } as never)).toBe(25);
  });

  it("is not evaluated again if default flags replace a failure", async () => {
    const { api, flagsmithAdapter } = setUp({ client: { ...remote, onFailure: "empty" } });
    const declared = toVercelFlags(appFlags, flagsmithAdapter);
    api.failNext(2, down);
    const request = createRequest("user-2");
    expect(await flag(declared.max_items)(request)).toBe(10);
    expect(await flag(declared.tier)(request)).toBe("free");
    expect(api.requests).toHaveLength(1);
  });

  it("uses the overrides of the toolbar without an evaluation", async () => {
    const { api, flagsmithAdapter } = setUp({ client: remote });
    vi.stubEnv("FLAGS_SECRET", secret);
    const override = await encryptOverrides({ max_items: 99 }, secret);
    const request = createRequest(`user-1; vercel-flag-overrides=${override}`);
    const maxItems = flag(toVercelFlags(appFlags, flagsmithAdapter).max_items);
    expect(await evaluate([maxItems], request)).toEqual([99]);
    expect(api.requests).toEqual([]);
    vi.unstubAllEnvs();
  });

  it("passes background work to waitUntil, also to that of Vercel", async () => {
    const client = { enableAnalytics: true };
    const work: unknown[] = [];
    const waitUntil = (promise: unknown) => void work.push(promise);
    const { flagsmithAdapter } = setUp({ client, adapter: { waitUntil } });
    const decide = (adapter: typeof flagsmithAdapter) =>
      flag({ key: "dark_mode", adapter: adapter.toggle() })(createRequest("user-1"));
    await decide(flagsmithAdapter);
    expect(work.length).toBeGreaterThan(0);
    work.length = 0;
    const context = {
      waitUntil(this: unknown, promise: unknown) {
        expect(this).toBe(context);
        work.push(promise);
      },
    };
    vi.stubGlobal(Symbol.for("@vercel/request-context") as never, { get: () => context });
    await decide(setUp({ client }).flagsmithAdapter);
    expect(work.length).toBeGreaterThan(0);
    vi.unstubAllGlobals();
  });

  it.each([{ get: () => undefined }, { get: () => ({}) }])(
    "has no waitUntil if the context of Vercel has none (context %#)",
    async (holder) => {
      vi.stubGlobal(Symbol.for("@vercel/request-context") as never, holder);
      const { flagsmith, flagsmithAdapter } = setUp();
      const forRequest = vi.spyOn(flagsmith, "forRequest");
      expect(
        await flag({ key: "dark_mode", adapter: flagsmithAdapter.toggle() })(createRequest()),
      ).toBe(true);
      expect(forRequest).toHaveBeenCalledExactlyOnceWith({ waitUntil: undefined });
      vi.unstubAllGlobals();
    },
  );
});

it("the client is created by the first request", async () => {
  const { flagsmith } = setUp();
  const getClient = vi.fn(() => flagsmith);
  const darkMode = flag(toVercelFlags(appFlags, new FlagsmithAdapter(getClient)).dark_mode);
  expect(getClient).not.toHaveBeenCalled();
  expect(await darkMode(createRequest())).toBe(true);
});

it("errors of a framework reach it, although flags have defaults", async () => {
  const log = vi.spyOn(console, "warn").mockReturnValue();
  const stopped = new Error("The framework stops rendering.");
  const flagsmithAdapter = new FlagsmithAdapter(() => {
    throw stopped;
  });
  const { bulkDecide } = toVercelFlags(appFlags, flagsmithAdapter).dark_mode.adapter;
  const flags = [{ key: "dark_mode", defaultValue: true }];
  await expect(bulkDecide?.({ headers: new Headers(), flags } as never)).rejects.toBe(stopped);
  await expect(flagsmithAdapter.getProviderData()).rejects.toBe(stopped);
  expect(log).not.toHaveBeenCalled();
  log.mockRestore();
});

it("flags link to the features of the dashboard", () => {
  const dashboardUrl = "http://flagsmith.example/project/12/environment/client-key//";
  const { origin } = setUp({ adapter: { dashboardUrl } }).flagsmithAdapter.toggle();
  expect(origin).toBe("http://flagsmith.example/project/12/environment/client-key/features");
  expect(setUp().flagsmithAdapter.toggle()).not.toHaveProperty("origin");
});

it("a dashboardUrl needs no URL.canParse, which older versions of jsdom do not have", () => {
  vi.stubGlobal("URL", Object.assign(class extends URL {}, { canParse: undefined }));
  const dashboardUrl = "http://flagsmith.example/project/12/environment/client-key/";
  expect(() => setUp({ adapter: { dashboardUrl } })).not.toThrow();
  vi.unstubAllGlobals();
});

it("a client that cannot be created is logged to the console, with defaults", async () => {
  const log = vi.spyOn(console, "warn").mockReturnValue();
  const flagsmithAdapter = new FlagsmithAdapter(() => new Flagsmith({ environmentKey: undefined }));
  const declared = toVercelFlags(appFlags, flagsmithAdapter);
  const flags = [flag(declared.dark_mode), flag(declared.max_items)] as const;
  expect(await evaluate(flags, createRequest())).toEqual([false, 10]);
  expect(log.mock.calls).toEqual([
    [expect.stringMatching(/^Flagsmith: .*cannot be evaluated.*environmentKey is required/)],
  ]);
  log.mockRestore();
});
