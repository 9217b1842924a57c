import * as convention from "@opentelemetry/semantic-conventions/incubating";
import { expect, it } from "vitest";
import { FlagsmithAPIError, FlagsmithClientError } from "../../src/errors.ts";
import type { FlagEvaluation } from "../../src/flags/flag-evaluation.ts";
import { createOtelHook, type OtelHookOptions } from "../../src/otel/index.ts";

const evaluation: FlagEvaluation = {
  featureName: "banner",
  featureId: 3,
  enabled: true,
  value: "blue",
  reason: "TARGETING_MATCH; segment=beta",
  variant: "control",
  identifier: "user-42",
  source: "local",
  error: undefined,
  documentUpdatedAt: "2026-01-02T03:04:05Z",
  droppedTraits: [],
  durationMs: 0.1,
};

/** Passes an evaluation to a hook, and returns the records that its logger receives. */
function emit(more: Partial<FlagEvaluation> = {}, options: OtelHookOptions = {}) {
  const records: Parameters<NonNullable<OtelHookOptions["logger"]>["emit"]>[0][] = [];
  const logger = { emit: (record: (typeof records)[number]) => void records.push(record) };
  createOtelHook({ logger, ...options })({ ...evaluation, ...more });
  return records;
}

const readAttributes = (...args: Parameters<typeof emit>) => emit(...args)[0]?.attributes;

it("emits the event of OpenTelemetry's convention", () => {
  expect(emit({}, { setId: "production" })).toEqual([
    {
      eventName: "feature_flag.evaluation",
      severityNumber: 9,
      attributes: {
        "feature_flag.key": "banner",
        "feature_flag.provider.name": "flagsmith",
        "feature_flag.result.variant": "control",
        "feature_flag.result.value": "blue",
        "feature_flag.result.reason": "targeting_match",
        "feature_flag.set.id": "production",
        "feature_flag.version": "2026-01-02T03:04:05Z",
      },
    },
  ]);
});

it("exports the identifier only with enableContextId", () => {
  expect(JSON.stringify(emit())).not.toContain("user-42");
  expect(readAttributes({}, { enableContextId: true })).toMatchObject({
    "feature_flag.context.id": "user-42",
  });
});

it("cuts a long text", () => {
  const value = "x".repeat(1000);
  const read = (options?: OtelHookOptions) =>
    readAttributes({ value }, options)?.["feature_flag.result.value"];
  expect(read()).toBe(`${"x".repeat(256)}…`);
  expect(read({ maxValueLength: 3 })).toBe("xxx…");
});

it("cuts a text between characters", () => {
  const read = (maxValueLength: number) =>
    readAttributes({ value: "a😀b" }, { maxValueLength })?.["feature_flag.result.value"];
  expect([1, 2, 3].map(read)).toEqual(["a…", "a…", "a😀…"]);
});

it("exports what redactValue returns", () => {
  const hidden = readAttributes({}, { redactValue: () => undefined });
  expect(hidden).not.toHaveProperty(["feature_flag.result.value"]);
  const replaced = readAttributes({}, { redactValue: () => "[redacted]" });
  expect(replaced).toMatchObject({ "feature_flag.result.value": "[redacted]" });
});

it.each([null, undefined])("exports whether a feature with the value %s is on", (value) => {
  expect(readAttributes({ value, enabled: false })).toMatchObject({
    "feature_flag.result.value": false,
  });
});

it.each([
  ["DEFAULT", "local", "default"],
  ["SPLIT; weight=30", "local", "split"],
  ["ERROR; code=CIRCULAR_DEPENDENCY", "local", "unknown"],
  [undefined, "remote", "unknown"],
  ["DEFAULT", "cache", "cached"],
] as const)("the reason %s of the source %s is %s", (reason, source, expected) => {
  expect(readAttributes({ reason, source })).toMatchObject({
    "feature_flag.result.reason": expected,
  });
});

it("an unknown feature is an error of the type flag_not_found", () => {
  expect(readAttributes({ source: "default", reason: undefined })).toMatchObject({
    "feature_flag.result.reason": "error",
    "error.type": "flag_not_found",
  });
});

it.each([
  [new FlagsmithAPIError("API_STATUS", "refused", { status: 401 }), "provider_fatal"],
  [new FlagsmithAPIError("API_STATUS", "down", { status: 503 }), "general"],
  [new FlagsmithAPIError("INVALID_RESPONSE", "no JSON"), "parse_error"],
  [new FlagsmithClientError("CLOSED", "closed"), "provider_not_ready"],
] as const)("a default flag because of %s has the error type %s", (error, type) => {
  expect(readAttributes({ source: "default", error })).toMatchObject({
    "error.type": type,
    "feature_flag.error.message": error.message,
  });
});

it("adds the event to the span, with attributes of its own", () => {
  const events: [string, object][] = [];
  const span = { addEvent: (...event: [string, object]) => events.push(event) };
  const [record] = emit({}, { getSpan: () => span });
  expect(events).toEqual([["feature_flag.evaluation", record?.attributes]]);
  expect(events[0]?.[1]).not.toBe(record?.attributes);
});

it("does nothing without a logger and a span", () => {
  const readValue = { redactValue: () => expect.unreachable() };
  createOtelHook({ getSpan: () => undefined, ...readValue })(evaluation);
});

it("every attribute and error type is one of OpenTelemetry's convention", () => {
  const known = Object.values(convention);
  const all = { ...evaluation, error: new FlagsmithClientError("CLOSED", "closed") };
  const attributes = readAttributes(all, { enableContextId: true, setId: "production" });
  expect(Object.keys(attributes ?? {})).toHaveLength(10);
  for (const name of Object.keys(attributes ?? {})) expect(known).toContain(name);
  for (const reason of ["default", "targeting_match", "split", "cached", "error", "unknown"]) {
    const constant = `FEATURE_FLAG_RESULT_REASON_VALUE_${reason.toUpperCase()}`;
    expect(convention).toHaveProperty(constant, reason);
  }
  expect(emit()[0]?.eventName).toBe(convention.EVENT_FEATURE_FLAG_EVALUATION);
});
