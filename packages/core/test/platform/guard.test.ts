import { expect, it } from "vitest";
import { quietly } from "../../src/platform/guard.ts";
import { allowNoUnhandledRejection, recordingLogger, settle } from "../fake-platform.ts";

allowNoUnhandledRejection();

const secret = "s3cr3t";
const failures: Record<string, () => unknown> = {
  throws: () => {
    throw new Error(secret);
  },
  "throws what is no error": () => {
    throw secret;
  },
  rejects: () => Promise.reject(new Error(secret)),
  "rejects with nothing": () => Promise.reject(),
};

it.each(Object.entries(failures))(
  "swallows what %s, and warns once, without what it threw",
  async (_name, fail) => {
    const logger = recordingLogger();
    const run = quietly(logger, "The hook");
    for (let count = 0; count < 3; count++) run(fail);
    await settle();
    expect(logger.warnings).toEqual(["The hook failed; this is said once."]);
  },
);

it("runs at once, waits for nothing and says nothing where all is well", async () => {
  const logger = recordingLogger();
  const run = quietly(logger, "The hook");
  let count = 0;
  run(() => ++count);
  run(() => new Promise(() => undefined));
  expect(count).toBe(1);
  await settle();
  expect(logger.warnings).toEqual([]);
});

it("warns once for each kind", async () => {
  const logger = recordingLogger();
  for (const kind of ["One", "Two"]) quietly(logger, kind)(() => Promise.reject());
  await settle();
  expect(logger.warnings).toEqual([
    "One failed; this is said once.",
    "Two failed; this is said once.",
  ]);
});
