import { expect, it } from "vitest";
import { DefaultFlags } from "../../src/evaluation/default-flags.ts";
import { DefaultFlag } from "../../src/flags/flag.ts";
import type { DefaultFlagHandler } from "../../src/options/options.ts";
import { createSafeLogger } from "../../src/platform/logger.ts";
import {
  apiFlag,
  client,
  failureOf,
  fakePlatform,
  json,
  recordingLogger,
  settle,
  status,
} from "../fake-platform.ts";

it("answers for an unknown feature with a disabled flag, warning once for each name", () => {
  const logger = recordingLogger();
  const defaultFlags = new DefaultFlags(undefined, createSafeLogger(logger));
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
    'Feature "banner" is unknown: it counts as disabled.',
    'Feature "__proto__" is unknown: it counts as disabled.',
  ]);
});

it("stops warning at a thousand names, so that made-up ones fill neither memory nor log", () => {
  const logger = recordingLogger();
  const defaultFlags = new DefaultFlags(undefined, createSafeLogger(logger));
  for (let count = 0; count < 1100; count++) defaultFlags.get(`made-up-${count}`);
  expect(logger.warnings).toHaveLength(1000);
  expect(defaultFlags.get("made-up-1099").isDefault).toBe(true);
});

it("leaves an unknown feature to the user's handler, without a warning", () => {
  const logger = recordingLogger();
  const handler: DefaultFlagHandler = (name) => new DefaultFlag(`for ${name}`, true);
  const defaultFlags = new DefaultFlags(handler, createSafeLogger(logger));
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
])("takes a plain object for a default flag (%#)", (flag, enabled, value) => {
  const defaultFlags = new DefaultFlags(() => flag, createSafeLogger(recordingLogger()));
  expect(defaultFlags.get("banner")).toMatchObject({ featureName: "banner", enabled, value });
});

it.each([
  undefined,
  null,
  true,
  "on",
  42,
  [],
  {},
  { value: "x" },
  { enabled: "yes" },
  { enabled: 1 },
  { enabled: true, value: {} },
  { enabled: true, value: [] },
  { enabled: true, value: () => 1 },
  { enabled: true, value: 1n },
  { enabled: true, value: Symbol("x") },
  Promise.resolve({ enabled: true, value: "x" }),
])(
  "tells the caller, by the feature's name, that the handler returned no flag (%#)",
  async (flag) => {
    const handler = (() => flag) as unknown as DefaultFlagHandler;
    const defaultFlags = new DefaultFlags(handler, createSafeLogger(recordingLogger()));
    const error = await failureOf(() => defaultFlags.get("banner"));
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toContain(
      'defaultFlagHandler did not return a flag for feature "banner"',
    );
  },
);

it("answers with default flags for all features when the request fails, and says so", async () => {
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

it("prefers the API's flags to the handler's", async () => {
  const platform = fakePlatform(() => json([apiFlag("banner", { feature_state_value: "api" })]));
  const asked: string[] = [];
  const flags = await client(platform, {
    defaultFlagHandler: (name) => {
      asked.push(name);
      return { enabled: false, value: "handler" };
    },
  }).getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe("api");
  expect(flags.getFeatureValue("other")).toBe("handler");
  expect(asked).toEqual(["other"]);
});

it.each([
  ["an unknown feature", () => json([])],
  ["a failed request", () => status(500)],
])("lets what the handler throws reach the caller, for %s", async (_name, answer) => {
  const mine = new Error("no default for that");
  const flags = await client(fakePlatform(answer), {
    retries: 0,
    defaultFlagHandler: () => {
      throw mine;
    },
  }).getEnvironmentFlags();
  expect(() => flags.getFlag("banner")).toThrow(mine);
  expect(() => flags.isFeatureEnabled("banner")).toThrow(mine);
  expect(() => flags.getFeatureValue("banner")).toThrow(mine);
});

it("leaves no unhandled rejection behind a handler that is asynchronous and fails", async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    const handler = (async () => {
      throw new Error("no default for that");
    }) as unknown as DefaultFlagHandler;
    const defaultFlags = new DefaultFlags(handler, createSafeLogger(recordingLogger()));
    expect((await failureOf(() => defaultFlags.get("banner"))).code).toBe("INVALID_OPTIONS");
    await settle();
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", note);
  }
});
