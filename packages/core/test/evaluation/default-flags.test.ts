import { expect, it } from "vitest";
import { DefaultFlags } from "../../src/evaluation/default-flags.ts";
import { DefaultFlag } from "../../src/flags/flag.ts";
import type { DefaultFlagHandler } from "../../src/options/options.ts";
import { createSafeLogger } from "../../src/platform/logger.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  client,
  fakePlatform,
  json,
  recordingLogger,
  status,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

it("an unknown feature is off, with one warning per name", () => {
  const logger = recordingLogger();
  const defaultFlags = new DefaultFlags({}, createSafeLogger(logger));
  expect(defaultFlags.get("banner")).toMatchObject({
    featureName: "banner",
    enabled: false,
    value: undefined,
    isDefault: true,
  });
  defaultFlags.get("banner");
  defaultFlags.get("__proto__");
  defaultFlags.get("__proto__");
  expect(logger.warnings).toEqual([
    'Feature "banner" is unknown: its default is used. Check its name.',
    'Feature "__proto__" is unknown: its default is used. Check its name.',
  ]);
});

it("warns of at most 1,000 unknown names", () => {
  const logger = recordingLogger();
  const defaultFlags = new DefaultFlags({}, createSafeLogger(logger));
  for (let count = 0; count < 1100; count++) defaultFlags.get(`generated-${count}`);
  expect(logger.warnings).toHaveLength(1000);
  expect(defaultFlags.get("generated-1099").isDefault).toBe(true);
});

it("accepts a name that is not a text", () => {
  const logger = recordingLogger();
  const defaultFlags = new DefaultFlags({}, createSafeLogger(logger));
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const name of [undefined, null, 5, 10n, cycle]) {
    expect(defaultFlags.get(name as unknown as string).enabled).toBe(false);
  }
  expect(logger.warnings).toHaveLength(5);
});

it("shortens an unknown name, which may come from a request", () => {
  const logger = recordingLogger();
  const defaultFlags = new DefaultFlags({}, createSafeLogger(logger));
  for (const end of ["a", "b"]) {
    expect(defaultFlags.get("x".repeat(10_000) + end).featureName).toHaveLength(10_001);
  }
  expect(logger.warnings).toEqual([
    `Feature "${"x".repeat(60)}…" is unknown: its default is used. Check its name.`,
  ]);
});

it("uses the defaultFlagHandler for an unknown feature, without a warning", () => {
  const logger = recordingLogger();
  const handler: DefaultFlagHandler = (name) => new DefaultFlag(`for ${name}`, true);
  const defaultFlags = new DefaultFlags({ defaultFlagHandler: handler }, createSafeLogger(logger));
  expect(defaultFlags.get("banner")).toMatchObject({
    value: "for banner",
    enabled: true,
    isDefault: true,
  });
  expect(logger.warnings).toEqual([]);
});

it.each([
  [{ enabled: true, value: "x" }, true, "x"],
  [{ enabled: false }, false, undefined],
  [{ enabled: true, value: undefined }, true, undefined],
  [{ enabled: true, value: null }, true, null],
  [{ enabled: true, value: 0, more: 1 }, true, 0],
  [{ enabled: true, value: false }, true, false],
  [{ enabled: true, value: "" }, true, ""],
])("accepts a plain object as a default flag (%#)", (flag, enabled, value) => {
  const logger = recordingLogger();
  const options = { defaultFlagHandler: () => flag };
  const defaultFlags = new DefaultFlags(options, createSafeLogger(logger));
  expect(defaultFlags.get("banner")).toMatchObject({ featureName: "banner", enabled, value });
  expect(logger.warnings).toEqual([]);
});

const circular: Record<string, unknown> = {};
circular["self"] = circular;

it.each<[unknown, boolean, unknown]>([
  [undefined, false, undefined],
  [null, false, null],
  [true, true, undefined],
  ["on", false, "on"],
  [42, false, 42],
  [[], false, "[]"],
  [{}, false, "{}"],
  [{ title: "x" }, false, '{"title":"x"}'],
  [{ value: "x" }, false, "x"],
  [{ enabled: "yes" }, true, undefined],
  [{ enabled: "False", value: 1 }, false, 1],
  [{ enabled: 1 }, true, undefined],
  [{ enabled: 0, value: "x" }, false, "x"],
  [{ enabled: null, value: "x" }, false, "x"],
  [{ enabled: 1, value: { title: "x" } }, true, '{"title":"x"}'],
  [{ enabled: true, value: ["a"] }, true, '["a"]'],
  [{ enabled: true, value: () => 1 }, true, undefined],
  [{ enabled: true, value: 1n }, true, "1"],
  [{ enabled: true, value: Symbol("x") }, true, undefined],
  [{ enabled: true, value: circular }, false, undefined],
  [() => ({ enabled: true }), false, undefined],
  [Promise.resolve({ enabled: true, value: "x" }), false, undefined],
  [
    {
      get enabled() {
        throw new Error("not readable");
      },
    },
    false,
    undefined,
  ],
])("interprets a default flag of another shape, with one warning (%#)", (flag, enabled, value) => {
  const logger = recordingLogger();
  const handler = (() => flag) as unknown as DefaultFlagHandler;
  const defaultFlags = new DefaultFlags({ defaultFlagHandler: handler }, createSafeLogger(logger));
  expect(defaultFlags.get("banner")).toMatchObject({ enabled, value, isDefault: true });
  expect(defaultFlags.get("other")).toMatchObject({ enabled, value });
  expect(logger.warnings).toEqual([
    'defaultFlagHandler did not return { enabled, value } for feature "banner", but another type or a promise. ' +
      "It is converted if possible, otherwise off. (Logged once.)",
  ]);
});

it("returns and logs default flags if the request fails", async () => {
  const platform = fakePlatform(() => status(500));
  const logger = recordingLogger();
  const flagsmith = client(platform, {
    logger,
    retries: 0,
    defaultFlagHandler: (name) => new DefaultFlag(name, true),
  });
  for (const flags of [
    await flagsmith.getEnvironmentFlags(),
    await flagsmith.getIdentityFlags("user"),
  ]) {
    expect(flags.getFlag("banner")).toMatchObject({
      value: "banner",
      enabled: true,
      isDefault: true,
    });
    expect(flags.allFlags()).toEqual([]);
  }
  expect(logger.warnings).toEqual([
    "Serving default flags: GET https://flags.example/api/v1/flags/ failed with status 500.",
    "Serving default flags: POST https://flags.example/api/v1/identities/ failed with status 500.",
  ]);
});

it("uses the handler only for features that the API does not return", async () => {
  const platform = fakePlatform(() => json([apiFlag("banner", { feature_state_value: "api" })]));
  const handled: string[] = [];
  const flags = await client(platform, {
    defaultFlagHandler: (name) => {
      handled.push(name);
      return { enabled: false, value: "handler" };
    },
  }).getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe("api");
  expect(flags.getFeatureValue("other")).toBe("handler");
  expect(handled).toEqual(["other"]);
});

it.each([
  ["an unknown feature", () => json([])],
  ["a failed request", () => status(500)],
])("passes on an error of the handler for %s", async (_name, answer) => {
  const error = new Error("no default for that");
  const flags = await client(fakePlatform(answer), {
    retries: 0,
    defaultFlagHandler: () => {
      throw error;
    },
  }).getEnvironmentFlags();
  expect(() => flags.getFlag("banner")).toThrow(error);
  expect(() => flags.isFeatureEnabled("banner")).toThrow(error);
  expect(() => flags.getFeatureValue("banner")).toThrow(error);
});

it("an asynchronous handler that fails causes no unhandled rejection", async () => {
  const handler = (async () => {
    throw new Error("no default for that");
  }) as unknown as DefaultFlagHandler;
  const defaultFlags = new DefaultFlags(
    { defaultFlagHandler: handler },
    createSafeLogger(recordingLogger()),
  );
  expect(defaultFlags.get("banner")).toMatchObject({ enabled: false, value: undefined });
});
