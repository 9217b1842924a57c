import { expect, it } from "vitest";
import { createSafeLogger, type Logger } from "../../src/platform/logger.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  client,
  fakePlatform,
  json,
  status,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

const boom = new Error("the logger is broken");

const broken: Record<string, Logger["warn"]> = {
  throws: () => {
    throw boom;
  },
  rejects: () => Promise.reject(boom),
  "returns a broken thenable": () => ({
    // biome-ignore lint/suspicious/noThenProperty: tests a broken thenable
    then: () => {
      throw boom;
    },
  }),
};

for (const [name, write] of Object.entries(broken)) {
  it(`a logger that ${name} does not affect calls`, async () => {
    const logger = { warn: write, error: write };
    const flags = await client(
      fakePlatform(() => json([])),
      { logger },
    ).getEnvironmentFlags();
    expect(flags.getFlag("nope").isDefault).toBe(true);

    const failing = fakePlatform(() => status(400));
    const error = await catchError(client(failing, { logger }).getEnvironmentFlags());
    expect(error.code).toBe("API_STATUS");

    const defaults = await client(failing, {
      logger,
      defaultFlagHandler: () => ({ enabled: true }),
    }).getEnvironmentFlags();
    expect(defaults.isFeatureEnabled("any")).toBe(true);
  });
}

it("calls each level as a method of the logger", () => {
  class Log implements Logger {
    readonly lines: string[] = [];
    debug(message: string) {
      this.lines.push(`debug ${message}`);
    }
    info(message: string) {
      this.lines.push(`info ${message}`);
    }
    warn(message: string) {
      this.lines.push(`warn ${message}`);
    }
    error(message: string) {
      this.lines.push(`error ${message}`);
    }
  }
  const log = new Log();
  const safe = createSafeLogger(log);
  safe.debug("a");
  safe.info("b");
  safe.warn("c");
  safe.error("d");
  expect(log.lines).toEqual(["debug a", "info b", "warn c", "error d"]);
});

it("ignores levels that the logger does not have", () => {
  const safe = createSafeLogger({ warn: () => 1, error: () => 1 });
  expect(() => safe.debug("a")).not.toThrow();
  expect(() => safe.info("b")).not.toThrow();
});
