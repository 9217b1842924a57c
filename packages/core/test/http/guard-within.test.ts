import { expect, it } from "vitest";
import { guardWithin } from "../../src/http/guard-within.ts";
import { createGuard } from "../../src/platform/guard.ts";
import { FakeClock, recordingLogger } from "../fake-platform.ts";

it("user code that hangs is named with its time limit in at most two decimals", async () => {
  const logger = recordingLogger();
  const guard = createGuard("Reading", logger, String);
  const timers = new FakeClock();
  const limit = { timers, limitMs: 499.375, signal: undefined };
  const hanging = guardWithin(guard, limit, () => new Promise(() => undefined));
  expect(await timers.run(hanging)).toBeUndefined();
  expect(logger.warnings).toEqual([
    "Reading failed: Error: no response within 0.5 s (Logged once.)",
  ]);
});
