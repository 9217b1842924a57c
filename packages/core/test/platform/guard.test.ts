import { expect, it } from "vitest";
import { createDescribeError, createGuard, describeUnexpected } from "../../src/platform/guard.ts";
import { allowNoUnhandledRejection, recordingLogger, settle } from "../fake-platform.ts";

allowNoUnhandledRejection();

const secret = "s3cr3t";
const describe = createDescribeError((text) => text.replaceAll(secret, "[redacted]"));
const unreadable = {
  toString: () => {
    throw new Error("no text");
  },
};

function throwing(error: unknown) {
  return () => {
    throw error;
  };
}

it.each<[string, () => unknown, RegExp]>([
  [
    "throws",
    throwing(new RangeError("too far")),
    /^The hook failed: RangeError: too far at .*guard\.test/,
  ],
  ["rejects", () => Promise.reject(new Error("late")), /^The hook failed: Error: late at /],
  [
    "throws a secret",
    throwing(new Error(`no ${secret}`)),
    /^The hook failed: Error: no \[redacted\] at/,
  ],
  ["throws a text", throwing(secret), /^The hook failed: \[redacted\] \(Logged/],
  ["throws control characters", throwing(new Error("a\nb\u001b[2J\u0007")), /: Error: a b \[2J/],
  ["throws an unreadable object", throwing(unreadable), /^The hook failed: an unreadable error \(/],
  [
    "returns a callable promise that rejects",
    () => {
      const rejected = Promise.reject(new Error("late"));
      // biome-ignore lint/suspicious/noThenProperty: some proxies are functions with this method.
      return Object.assign(() => rejected, { then: rejected.then.bind(rejected) });
    },
    /^The hook failed: Error: late at /,
  ],
  ["rejects with nothing", () => Promise.reject(), /^The hook failed: undefined \(Logged/],
])("logs once why user code failed that %s", async (_name, fail, expected) => {
  const logger = recordingLogger();
  const guard = createGuard("The hook", logger, describe);
  for (let count = 0; count < 3; count++) expect(await guard(fail)).toBeUndefined();
  expect(logger.warnings).toEqual([expect.stringMatching(expected)]);
  expect(logger.warnings[0]).toMatch(/ \(Logged once\.\)$/);
  expect(logger.warnings[0]).not.toMatch(/\p{Cc}/u);
  expect(logger.warnings[0]).not.toContain(secret);
});

it("awaits no result that is not an object, which would keep it in memory", async () => {
  const guard = createGuard("The hook", recordingLogger(), describe);
  const order: string[] = [];
  const done = guard(() => 1).then(() => order.push("guard"));
  await Promise.all([done, Promise.resolve().then(() => order.push("next"))]);
  expect(order).toEqual(["guard", "next"]);
});

it("limits the length of the logged error", async () => {
  const logger = recordingLogger();
  await createGuard("The hook", logger, describe)(throwing(new Error("x".repeat(100_000))));
  expect(logger.warnings[0]?.length).toBeLessThan(1100);
});

it("runs immediately, waits for nothing and logs nothing without a failure", async () => {
  const logger = recordingLogger();
  const guard = createGuard("The hook", logger, describe);
  let count = 0;
  guard(() => ++count);
  guard(() => new Promise(() => undefined));
  expect(count).toBe(1);
  await settle();
  expect(logger.warnings).toEqual([]);
});

it("does not log a failure after the signal has aborted", async () => {
  const logger = recordingLogger();
  await createGuard(
    "The hook",
    logger,
    describe,
  )(throwing(new Error("x")), {
    signal: AbortSignal.abort(),
  });
  expect(logger.warnings).toEqual([]);
});

it.each([
  [new RangeError("no s3cr3t"), "RangeError: no [redacted]"],
  [{ message: "no s3cr3t" }, "Error: no [redacted]"],
  [{ status: 500 }, "object"],
  [undefined, "undefined"],
])("describes an unexpected error by its name and message (%#)", (thrown, description) => {
  expect(describeUnexpected(thrown, describe)).toBe(description);
});
