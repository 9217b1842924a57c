import { describe, expect, it, vi } from "vitest";
import { createSafeLogger, type Logger, logLevels } from "../../src/platform/logger.ts";
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

it("a logger whose level throws when it is read does not affect calls", () => {
  const logger = {
    warn: vi.fn(),
    error: vi.fn(),
    get debug(): never {
      throw boom;
    },
  };
  createSafeLogger(logger).debug("message");
  expect(logger.warn).not.toHaveBeenCalled();
});

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

it("creates a debug message only for a logger that has the level", () => {
  const create = vi.fn(() => "text");
  createSafeLogger({ warn: () => 1, error: () => 1 }).debug(create);
  createSafeLogger(undefined, "info").debug(create);
  expect(create).not.toHaveBeenCalled();
  const debug = vi.fn();
  createSafeLogger({ debug, warn: () => 1, error: () => 1 }, "silent").debug(create);
  expect(debug.mock.calls).toEqual([["text"]]);
});

describe("the console logger", () => {
  it.each(logLevels)("prints messages from the level %s on", (level) => {
    const printed: string[] = [];
    const names = ["debug", "info", "warn", "error"] as const;
    const spies = names.map((name) =>
      vi.spyOn(console, name).mockImplementation((text) => void printed.push(`${name} ${text}`)),
    );
    const logger = createSafeLogger(undefined, level);
    for (const name of names) logger[name]("text");
    for (const spy of spies) spy.mockRestore();
    const expected = names.slice(logLevels.indexOf(level));
    expect(printed).toEqual(expected.map((name) => `${name} Flagsmith: text`));
  });

  it("prints from the option logLevel on, which is info by default", async () => {
    const debug = vi.spyOn(console, "debug").mockImplementation(() => undefined);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const fail = (logLevel?: "debug" | "error") => {
      const platform = fakePlatform(() => status(400));
      const options = {
        logger: undefined,
        logLevel,
        defaultFlagHandler: () => ({ enabled: true }),
      };
      const flagsmith = client(platform, options);
      return flagsmith.getEnvironmentFlags().then(() => flagsmith.getEnvironmentFlags());
    };
    await fail("error");
    expect(warn).not.toHaveBeenCalled();
    await fail();
    expect(warn).toHaveBeenCalledOnce();
    expect(debug).not.toHaveBeenCalled();
    await fail("debug");
    expect(debug).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
  });
});
