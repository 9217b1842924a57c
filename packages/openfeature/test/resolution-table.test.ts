import { memoryCache } from "@flagsmith-isomorphic/node";
import type { Client, EvaluationContext } from "@openfeature/server-sdk";
import { describe, expect, it } from "vitest";
import { register } from "./support/provider.ts";

const version = "2026-01-02T03:04:05.678901+00:00";
const user = { targetingKey: "user-42", plan: "free" };
const goldUser = { targetingKey: "user-42", plan: "gold" };

/** The types of OpenFeature, and booleans that are the value of a feature. */
const types = {
  boolean: { feature: "boolean", booleans: "enabled", value: true, fallback: false },
  "boolean value": { feature: "boolean", booleans: "value", value: true, fallback: false },
  string: { feature: "string", booleans: "enabled", value: "hello", fallback: "default" },
  number: { feature: "number", booleans: "enabled", value: 42, fallback: 7 },
  object: { feature: "object", booleans: "enabled", value: { title: "Hello" }, fallback: {} },
} as const;

type Type = keyof typeof types;
type Settings = Parameters<typeof register>[0];

/** Evaluates a feature with the getter of a type, and leaves out the key. */
async function evaluate(client: Client, type: Type, name: string, context: EvaluationContext) {
  const { fallback } = types[type];
  const read = () => {
    if (typeof fallback === "boolean") return client.getBooleanDetails(name, fallback, context);
    if (typeof fallback === "string") return client.getStringDetails(name, fallback, context);
    if (typeof fallback === "number") return client.getNumberDetails(name, fallback, context);
    return client.getObjectDetails(name, fallback, context);
  };
  const { flagKey, errorMessage, ...details } = await read();
  return { ...details, hasMessage: errorMessage !== undefined };
}

const isBoolean = (type: Type) => types[type].feature === "boolean";
const targetValues = {
  boolean: true,
  "boolean value": false,
  string: "gold",
  number: 0,
  object: [1],
};

const failure = (type: Type, errorCode: string, flagMetadata: object = {}) => ({
  value: types[type].fallback,
  reason: "ERROR",
  errorCode,
  hasMessage: true,
  flagMetadata,
});

describe.each(Object.keys(types) as Type[])("a feature of the type %s", (type) => {
  const { feature, booleans, value, fallback } = types[type];
  const index = ["boolean", "string", "number", "object"].indexOf(feature);

  const setUp = (settings: Settings = {}) => register({ ...settings, provider: { booleans } });

  const metadata = (number: number, more: object = {}) => ({
    enabled: true,
    source: "local",
    featureId: index * 10 + number,
    flagsmithReason: "DEFAULT",
    version,
    flagSetId: "Production",
    ...more,
  });
  const success = (reason: string, flagMetadata: object, more: object = {}) => ({
    value,
    reason,
    ...(isBoolean(type) && { variant: "on" }),
    flagMetadata,
    hasMessage: false,
    ...more,
  });

  it("is STATIC if it is the same for everyone", async () => {
    const { client } = await setUp();
    expect(await evaluate(client, type, feature, user)).toEqual(success("STATIC", metadata(1)));
  });

  it("is not found if the environment does not have it", async () => {
    const { client } = await setUp();
    expect(await evaluate(client, type, "missing", user)).toEqual(failure(type, "FLAG_NOT_FOUND"));
  });

  it("does not match another type", async () => {
    const { client } = await setUp();
    // Whether a feature is on is a boolean for every type.
    const expected =
      type === "boolean"
        ? { ...success("STATIC", metadata(5)), flagMetadata: metadata(5) }
        : failure(type, "TYPE_MISMATCH", metadata(5));
    expect(await evaluate(client, type, `${feature}_null`, user)).toEqual(expected);
  });

  it("is the default of the call if it is off", async () => {
    const { client } = await setUp();
    const off = metadata(2, { enabled: false });
    const expected =
      type === "boolean"
        ? success("STATIC", off, { value: false, variant: "off" })
        : { value: fallback, reason: "DISABLED", flagMetadata: off, hasMessage: false };
    expect(await evaluate(client, type, `${feature}_off`, user)).toEqual(expected);
  });

  it("is DEFAULT if its targeting does not match", async () => {
    const { client } = await setUp();
    const expected = success("DEFAULT", metadata(3));
    expect(await evaluate(client, type, `${feature}_targeted`, user)).toEqual(expected);
    expect(await evaluate(client, type, `${feature}_targeted`, {})).toEqual(expected);
  });

  it("is TARGETING_MATCH if its targeting matches", async () => {
    const { client } = await setUp();
    const flagMetadata = metadata(3, { flagsmithReason: "TARGETING_MATCH; segment=gold" });
    const more = {
      value: targetValues[type],
      ...(type === "boolean value" && { variant: "off" }),
    };
    expect(await evaluate(client, type, `${feature}_targeted`, goldUser)).toEqual(
      success("TARGETING_MATCH", flagMetadata, more),
    );
  });

  it("is SPLIT with the variant's key if it has variants", async () => {
    const { client } = await setUp();
    const flagMetadata = metadata(4, { flagsmithReason: "SPLIT; weight=100" });
    expect(await evaluate(client, type, `${feature}_split`, user)).toEqual(
      success(
        "SPLIT",
        expect.objectContaining({
          ...flagMetadata,
          flagsmithReason: expect.stringContaining("SPLIT; weight=100"),
        }),
        { variant: "first" },
      ),
    );
  });

  it("is CACHED if it comes from the cache of remote evaluation", async () => {
    const cache = memoryCache({ ttlSeconds: 60 });
    const { client } = await setUp({ client: { enableLocalEvaluation: false, cache } });
    const first = await evaluate(client, type, feature, user);
    expect(first.reason).not.toBe("CACHED");
    const { version: _, flagSetId, ...remote } = metadata(1, { source: "cache" });
    const { flagsmithReason, ...known } = remote;
    expect(await evaluate(client, type, feature, user)).toEqual(
      success("CACHED", expect.objectContaining(known)),
    );
  });

  it("is GENERAL if the server is down", async () => {
    const { client } = await setUp({
      prepare: (api) => api.failNext(Number.POSITIVE_INFINITY, { kind: "reset" }),
    });
    expect(client.providerStatus).toBe("ERROR");
    expect(await evaluate(client, type, feature, user)).toEqual(failure(type, "GENERAL"));
  });

  it("is STALE if a stored document replaces a server that is down", async () => {
    const { flagsmith, client } = await setUp({
      client: {
        offlineHandler: {
          getEnvironment: async () => (await import("./support/environment.ts")).document,
        },
      },
      prepare: (api) => api.failNext(Number.POSITIVE_INFINITY, { kind: "reset" }),
    });
    expect(flagsmith.status().problem).toBe("failing");
    expect(await evaluate(client, type, feature, user)).toEqual(
      success("STALE", metadata(1, { source: "offline" })),
    );
  });

  it("is PROVIDER_FATAL if the server refuses the key", async () => {
    const refuse = { kind: "status", status: 401 } as const;
    const prepare = (api: { failNext: (count: number, fault: typeof refuse) => void }) =>
      api.failNext(Number.POSITIVE_INFINITY, refuse);
    const local = await setUp({ prepare });
    expect(local.client.providerStatus).toBe("FATAL");
    const expected = failure(type, "PROVIDER_FATAL");
    expect(await evaluate(local.client, type, feature, user)).toEqual(expected);
    const remote = await setUp({ prepare, client: { enableLocalEvaluation: false } });
    expect(await evaluate(remote.client, type, feature, user)).toEqual(expected);
  });

  it("is PROVIDER_NOT_READY after the provider was closed", async () => {
    const { client, provider } = await setUp();
    await provider.onClose();
    expect(await evaluate(client, type, feature, user)).toEqual(
      failure(type, "PROVIDER_NOT_READY"),
    );
  });

  it("is INVALID_CONTEXT if the client refuses the identifier or a trait", async () => {
    const { client } = await setUp({ client: { strictTraits: true } });
    const expected = failure(type, "INVALID_CONTEXT");
    expect(await evaluate(client, type, feature, { targetingKey: " " })).toEqual(expected);
    const invalid = { targetingKey: "user-42", age: Number.NaN };
    expect(await evaluate(client, type, feature, invalid)).toEqual(expected);
  });
});
