import { describe, expect, it } from "vitest";
import { documentResponse } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  environmentKey,
  fakePlatform,
  fixedRandom,
  localClient,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { countRequests, createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("user code that fails", () => {
  const failures: Record<string, () => unknown> = {
    throws: () => {
      throw new Error("mine");
    },
    rejects: () => Promise.reject(new Error("mine")),
    "returns a thenable that throws": () => ({
      // biome-ignore lint/suspicious/noThenProperty: the test needs a thenable.
      then: () => {
        throw new Error("mine");
      },
    }),
    hangs: () => new Promise(() => undefined),
  };

  it.each(Object.entries(failures))(
    "does not disturb loads and polls if it %s",
    async (_name, fail) => {
      const broken = fail as () => never;
      const platform = fakePlatform(
        (_request, count) => (count === 2 ? status(500) : documentResponse(count)),
        { retryPolicy: steadyPolicy(0, 0) },
      );
      const flagsmith = localClient(platform, {
        onEnvironmentChange: broken,
        storage: { getItem: broken, setItem: broken },
        logger: { debug: broken, info: broken, warn: broken, error: broken },
      });
      const flags = await platform.clock.run(flagsmith.getEnvironmentFlags());
      expect(flags.getFeatureValue("banner")).toBe(1);
      expect(flags.isFeatureEnabled("unknown")).toBe(false);
      await platform.clock.advance(150_000);
      expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe(3);
      expect(platform.requests).toHaveLength(3);
      await flagsmith.close();
    },
  );

  it.each(Object.entries(failures).filter(([name]) => name !== "hangs"))(
    "is logged once if it is an onEnvironmentChange that %s",
    async (_name, fail) => {
      const { clock, flagsmith, logger } = createPollingClient(countRequests, {
        onEnvironmentChange: fail as () => never,
      });
      await flagsmith.ready();
      await clock.advance(180_000);
      expect(logger.warnings).toEqual([
        expect.stringMatching(/^onEnvironmentChange failed: Error: mine at /),
      ]);
    },
  );

  it("a load that fails unexpectedly keeps the error's name and message, redacted", async () => {
    const get = (name: string) => {
      if (name === "location") return null;
      throw new RangeError(`key ${environmentKey}`);
    };
    const broken = () => Object.defineProperty(status(500), "headers", { value: { get } });
    const { clock, flagsmith, value, logger } = createPollingClient((_request, count) =>
      count === 1 ? broken() : documentResponse(),
    );
    expect(await catchError(flagsmith.ready())).toMatchObject({
      code: "NO_ENVIRONMENT",
      message: "Loading the environment failed with RangeError: key [redacted].",
    });
    expect(logger.warnings).toHaveLength(1);
    await clock.advance(1000);
    expect(await value()).toBe("api");
  });
});
