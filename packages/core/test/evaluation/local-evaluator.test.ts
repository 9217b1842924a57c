import { describe, expect, it } from "vitest";
import type { Flag } from "../../src/flags/flag.ts";
import type { Traits } from "../../src/identity/traits.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { environmentDocument, offlineHandlerWith, override } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  fakePlatform,
  json,
  localClient,
  recordingLogger,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

function local(options: Partial<FlagsmithOptions> = {}, document: unknown = environmentDocument()) {
  const platform = fakePlatform(() => json(document));
  const logger = recordingLogger();
  const flagsmith = localClient(platform, { logger, ...options });
  return { platform, flagsmith, logger };
}

describe("local evaluation", () => {
  it("returns environment flags without segments and identity overrides", async () => {
    const { flagsmith } = local();
    const flags = await flagsmith.getEnvironmentFlags();
    expect(flags.allFlags()).toEqual([
      {
        featureName: "banner",
        featureId: 3,
        enabled: true,
        value: "api",
        isDefault: false,
        reason: "DEFAULT",
        variant: null,
        experiment: undefined,
      },
    ]);
    expect(JSON.parse(JSON.stringify(flags))).toMatchObject([{ featureName: "banner" }]);
  });

  it("ignores a segment of all identities in environment flags", async () => {
    const everyone = {
      ...environmentDocument().project.segments[0],
      rules: [{ type: "ALL", rules: [], conditions: [] }],
    };
    const { flagsmith } = local(
      {},
      environmentDocument("api", { project: { segments: [everyone] } }),
    );
    expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("api");
    expect((await flagsmith.getIdentityFlags("user")).getFeatureValue("banner")).toBe("for gold");
    const snapshot = await flagsmith.getSnapshot();
    expect(snapshot.environmentFlags().getFeatureValue("banner")).toBe("api");
    expect(snapshot.identityFlags("user").getFeatureValue("banner")).toBe("for gold");
  });

  it.each<[string, Traits | undefined, unknown, string]>([
    ["user", undefined, "api", "DEFAULT"],
    ["user", { plan: "free" }, "api", "DEFAULT"],
    ["user", { plan: "gold" }, "for gold", "TARGETING_MATCH; segment=gold"],
    [
      "user",
      { plan: { value: "gold", transient: true } },
      "for gold",
      "TARGETING_MATCH; segment=gold",
    ],
    ["vip", { plan: "gold" }, "for vip", "IDENTITY_OVERRIDE"],
    [" vip ", undefined, "api", "DEFAULT"],
  ])("evaluates %s, %j: %s", async (identifier, traits, value, reason) => {
    const { flagsmith } = local();
    const flag = (await flagsmith.getIdentityFlags(identifier, traits)).getFlag("banner");
    expect(flag).toMatchObject({ value, isDefault: false, featureId: 3 });
    if (reason !== "IDENTITY_OVERRIDE") expect(flag.reason).toBe(reason);
  });

  it("transient makes no difference", async () => {
    const { flagsmith, platform } = local();
    for (const given of [true, { transient: true }, false, {}]) {
      const flags = await flagsmith.getIdentityFlags("user", { plan: "gold" }, given);
      expect(flags.getFeatureValue("banner")).toBe("for gold");
    }
    expect(platform.requests).toHaveLength(1);
  });

  it("applies the limits of the API to traits", async () => {
    const { flagsmith } = local();
    const key = "k".repeat(201);
    const traits = { [key]: 1, big: 2 ** 40, text: "x".repeat(2001), plan: "gold" };
    const flags = await flagsmith.getIdentityFlags("i".repeat(2001), traits);
    expect(flags.getFeatureValue("banner")).toBe("for gold");
    expect(flags.droppedTraits).toEqual([key, "text"]);
  });

  it.each([{ plan: Number.NaN }, { plan: {} }, { plan: () => 1 }, { plan: [] }])(
    "rejects an invalid trait without a request (%#)",
    async (traits) => {
      const { flagsmith, platform } = local({
        defaultFlagHandler: () => ({ enabled: true }),
        strictTraits: true,
      });
      const invalid = traits as unknown as Traits;
      for (const call of [
        () => flagsmith.getIdentityFlags("user", invalid),
        () => flagsmith.getIdentitySegments("user", invalid),
      ]) {
        expect((await catchError(call())).code).toBe("INVALID_TRAIT");
      }
      expect(platform.requests).toEqual([]);
    },
  );

  it.each([undefined, null, "", " ", 1.5])("rejects %j as an identifier", async (identifier) => {
    const { flagsmith } = local();
    const invalid = identifier as unknown as string;
    for (const call of [
      () => flagsmith.getIdentityFlags(invalid),
      () => flagsmith.getIdentitySegments(invalid),
    ]) {
      expect((await catchError(call())).code).toBe("INVALID_IDENTIFIER");
    }
  });

  it("checks for an abort before it validates arguments", async () => {
    const { flagsmith, platform } = local({ strictTraits: true });
    const reason = new Error("the user left");
    const options = { signal: AbortSignal.abort(reason) };
    const bad = { plan: Number.NaN };
    for (const round of ["without a document", "with one"]) {
      await expect(flagsmith.getEnvironmentFlags(options)).rejects.toBe(reason);
      await expect(flagsmith.getIdentityFlags("user", bad, options)).rejects.toBe(reason);
      await expect(flagsmith.getAnonymousFlags(bad, options)).rejects.toBe(reason);
      await expect(flagsmith.getIdentitySegments("user", bad, options)).rejects.toBe(reason);
      await expect(flagsmith.getSnapshot(options)).rejects.toBe(reason);
      await expect(flagsmith.ready(options)).rejects.toBe(reason);
      await expect(flagsmith.updateEnvironment(options)).rejects.toBe(reason);
      expect(platform.requests).toHaveLength(round === "with one" ? 1 : 0);
      await flagsmith.ready();
    }
  });

  it("calls the defaultFlagHandler only when a flag is read", async () => {
    const handled: string[] = [];
    const plan = { value: "gold" };
    const { flagsmith } = local({
      defaultFlagHandler: (name) => {
        handled.push(name);
        return { enabled: false };
      },
    });
    const flags = await flagsmith.getIdentityFlags("user", { plan });
    expect(handled).toEqual([]);
    flags.allFlags();
    expect(handled).toEqual([]);
    expect(flags.getFlag("unknown").isDefault).toBe(true);
    expect(handled).toEqual(["unknown"]);
  });

  it("returns default flags for unknown features and warns once per name", async () => {
    const { flagsmith, logger } = local();
    for (const flags of [
      await flagsmith.getEnvironmentFlags(),
      await flagsmith.getIdentityFlags("user"),
      (await flagsmith.getSnapshot()).environmentFlags(),
      (await flagsmith.getSnapshot()).identityFlags("user"),
    ]) {
      for (const name of ["unknown", "__proto__", "constructor"]) {
        expect(flags.getFlag(name)).toEqual({
          featureName: name,
          featureId: undefined,
          enabled: false,
          value: undefined,
          isDefault: true,
          reason: undefined,
          variant: null,
          experiment: undefined,
        });
      }
    }
    expect(logger.warnings).toEqual(
      ["unknown", "__proto__", "constructor"].map(
        (name) => `Feature "${name}" is unknown: its default is used. Check its name.`,
      ),
    );
  });

  it("passes on an error of the defaultFlagHandler", async () => {
    const error = new Error("no default for that");
    const { flagsmith } = local({
      defaultFlagHandler: () => {
        throw error;
      },
    });
    const flags = await flagsmith.getEnvironmentFlags();
    expect(() => flags.getFlag("unknown")).toThrow(error);
    expect(flags.isFeatureEnabled("banner")).toBe(true);
  });
});

describe("isolation", () => {
  it("does not leak traits between calls", async () => {
    const { flagsmith } = local();
    const gold = await flagsmith.getIdentityFlags("user", { plan: "gold" });
    const plain = await flagsmith.getIdentityFlags("user");
    const other = await flagsmith.getIdentityFlags("user", { plan: "free" });
    // Interleaved, because all evaluations of an environment share one verdict array.
    for (let turn = 0; turn < 3; turn++) {
      expect(gold.getFeatureValue("banner")).toBe("for gold");
      expect(plain.getFeatureValue("banner")).toBe("api");
      expect(other.getFeatureValue("banner")).toBe("api");
    }
  });

  it("later changes to the traits have no effect", async () => {
    const { flagsmith } = local();
    const wrapped = { value: "gold", transient: false };
    const traits: Record<string, unknown> = { plan: wrapped };
    const first = flagsmith.getIdentityFlags("user", traits as Traits);
    wrapped.value = "free";
    traits["plan"] = "free";
    const flags = await first;
    expect(flags.getFeatureValue("banner")).toBe("for gold");
    const simple = { plan: "gold" };
    const snapshot = await flagsmith.getSnapshot();
    const pinned = snapshot.identityFlags("user", simple);
    const direct = await flagsmith.getIdentityFlags("user", simple);
    simple.plan = "free";
    expect(pinned.getFeatureValue("banner")).toBe("for gold");
    expect(direct.getFeatureValue("banner")).toBe("for gold");
  });

  it("does not change or freeze the caller's arguments", async () => {
    const { flagsmith } = local();
    const traits = Object.freeze({ plan: Object.freeze({ value: "gold", transient: true }) });
    await flagsmith.getIdentityFlags("user", traits, Object.freeze({ transient: true }));
    await flagsmith.getIdentitySegments("user", traits, Object.freeze({}));
    const mutable = { plan: "gold" };
    (await flagsmith.getIdentityFlags("user", mutable)).allFlags();
    expect(mutable).toEqual({ plan: "gold" });
    expect(Object.isFrozen(mutable)).toBe(false);
  });

  it("changes to returned flags, lists and segments have no effect", async () => {
    const { flagsmith } = local({
      defaultFlagHandler: () => ({ enabled: false, value: "default" }),
    });
    const snapshot = await flagsmith.getSnapshot();
    for (const flags of [
      await flagsmith.getIdentityFlags("user", { plan: "gold" }),
      await flagsmith.getEnvironmentFlags(),
      snapshot.identityFlags("user", { plan: "gold" }),
    ]) {
      const before = flags.getFlag("banner");
      const expected = { ...before };
      const change = (flag: Flag) => Object.assign(flag, { enabled: false, value: "changed" });
      change(before);
      const list = flags.allFlags();
      for (const flag of list) change(flag);
      list.length = 0;
      flags.toJSON().push(before);
      expect(flags.getFlag("banner")).toEqual(expected);
      expect(flags.allFlags()).toEqual([expected]);
      change(flags.getFlag("unknown"));
      expect(flags.getFeatureValue("unknown")).toBe("default");
    }
    const segments = await flagsmith.getIdentitySegments("user", { plan: "gold" });
    Object.assign(segments[0] ?? {}, { name: "changed" });
    segments.length = 0;
    expect(await flagsmith.getIdentitySegments("user", { plan: "gold" })).toEqual([
      { id: 11, name: "gold" },
    ]);
    expect(snapshot.identitySegments("user", { plan: "gold" })).toEqual([{ id: 11, name: "gold" }]);
  });

  it("later changes to an offline document have no effect", async () => {
    const document = environmentDocument("offline");
    const flagsmith = localClient(fakePlatform(), {
      offlineMode: true,
      offlineHandler: offlineHandlerWith(document),
    });
    await flagsmith.ready();
    const segment = document.project.segments[0];
    Object.assign(segment?.rules[0]?.conditions[0] ?? {}, { value: "free" });
    Object.assign(segment?.feature_states[0] ?? {}, { feature_state_value: "changed" });
    Object.assign(segment ?? {}, { name: "changed" });
    Object.assign(document.feature_states[0] ?? {}, { enabled: false, feature_state_value: 0 });
    Object.assign(document, { identity_overrides: [override("user")], updated_at: "changed" });
    expect((await flagsmith.getEnvironmentFlags()).getFlag("banner")).toMatchObject({
      enabled: true,
      value: "offline",
    });
    const gold = await flagsmith.getIdentityFlags("user", { plan: "gold" });
    expect(gold.getFlag("banner")).toMatchObject({
      value: "for gold",
      reason: "TARGETING_MATCH; segment=gold",
    });
    expect((await flagsmith.getIdentityFlags("vip")).getFeatureValue("banner")).toBe("for vip");
    expect((await flagsmith.getSnapshot()).updatedAt).not.toBe("changed");
  });

  it("accepts a frozen offline document and does not change it", async () => {
    const freeze = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const member of Object.values(Object.freeze(value))) freeze(member);
    };
    const document = environmentDocument("offline");
    freeze(document);
    const flagsmith = localClient(fakePlatform(), {
      offlineMode: true,
      offlineHandler: offlineHandlerWith(document),
    });
    (await flagsmith.getIdentityFlags("user", { plan: "gold" })).allFlags();
    expect(document).toEqual(environmentDocument("offline"));
  });

  it("two clients share only the platform", async () => {
    const platform = fakePlatform(({ headers }) =>
      json(environmentDocument(headers["x-environment-key"])),
    );
    const values = ["ser.a", "ser.b"].map(async (environmentKey) => {
      const flags = await localClient(platform, { environmentKey }).getEnvironmentFlags();
      return flags.getFeatureValue("banner");
    });
    expect(await Promise.all(values)).toEqual(["ser.a", "ser.b"]);
  });
});

describe("default flags without a document", () => {
  const defaultFlagHandler = (name: string) => ({ enabled: name === "banner", value: name });

  it("replace environment and identity flags, as copies", async () => {
    const platform = fakePlatform(() => status(500), { retryPolicy: steadyPolicy(0, 0) });
    const flagsmith = localClient(platform, { defaultFlagHandler });
    const snapshot = await flagsmith.getSnapshot();
    for (const flags of [
      await flagsmith.getEnvironmentFlags(),
      await flagsmith.getIdentityFlags("user", { plan: "gold" }),
      snapshot.environmentFlags(),
      snapshot.identityFlags("user"),
    ]) {
      Object.assign(flags.getFlag("banner"), { value: "changed" });
      expect(flags.getFlag("banner")).toMatchObject({
        enabled: true,
        value: "banner",
        isDefault: true,
      });
      expect(flags.allFlags()).toEqual([]);
    }
    expect(snapshot.updatedAt).toBeUndefined();
  });

  it("have no segments, and their snapshot checks its arguments", async () => {
    const platform = fakePlatform(() => status(500), { retryPolicy: steadyPolicy(0, 0) });
    const flagsmith = localClient(platform, { defaultFlagHandler, strictTraits: true });
    const snapshot = await flagsmith.getSnapshot();
    expect((await catchError(() => snapshot.identitySegments("user"))).code).toBe("NO_ENVIRONMENT");
    const bad = { plan: Number.NaN };
    expect((await catchError(() => snapshot.identityFlags("user", bad))).code).toBe(
      "INVALID_TRAIT",
    );
    expect((await catchError(() => snapshot.identityFlags(""))).code).toBe("INVALID_IDENTIFIER");
    expect((await catchError(flagsmith.getIdentitySegments("user"))).code).toBe("NO_ENVIRONMENT");
    await settle();
  });
});
