import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSafeLogger, type Logger } from "../../src/platform/logger.ts";
import { client, failureOf, fakePlatform, json, status } from "../fake-platform.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});

afterEach(() => {
  process.off("unhandledRejection", note);
});

const boom = new Error("the logger is broken");

const broken: Record<string, Logger["warn"]> = {
  throws: () => {
    throw boom;
  },
  rejects: () => Promise.reject(boom),
  "returns a thenable that throws": () => ({
    // biome-ignore lint/suspicious/noThenProperty: a broken thenable is what is tested
    then: () => {
      throw boom;
    },
  }),
};

for (const [name, write] of Object.entries(broken)) {
  it(`changes no answer when a logger ${name}`, async () => {
    const logger = { warn: write, error: write };
    const flags = await client(
      fakePlatform(() => json([])),
      { logger },
    ).getEnvironmentFlags();
    expect(flags.getFlag("nope").isDefault).toBe(true);

    const failing = fakePlatform(() => status(400));
    const error = await failureOf(client(failing, { logger }).getEnvironmentFlags());
    expect(error.code).toBe("API_STATUS");

    const defaults = await client(failing, {
      logger,
      defaultFlagHandler: () => ({ enabled: true }),
    }).getEnvironmentFlags();
    expect(defaults.isFeatureEnabled("any")).toBe(true);

    for (let count = 0; count < 5; count++) await turn();
    expect(unhandled).toEqual([]);
  });
}

it("writes each level as a method of the logger, so that it keeps its own state", () => {
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
  const quiet = createSafeLogger(log);
  quiet.debug("a");
  quiet.info("b");
  quiet.warn("c");
  quiet.error("d");
  expect(log.lines).toEqual(["debug a", "info b", "warn c", "error d"]);
});

it("drops the levels that a logger has not", () => {
  const quiet = createSafeLogger({ warn: () => 1, error: () => 1 });
  expect(() => quiet.debug("a")).not.toThrow();
  expect(() => quiet.info("b")).not.toThrow();
});
