import { expect, it } from "vitest";
import { FlagsmithClientError } from "../../src/errors.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { documentResponse, environmentDocument } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  environmentKey,
  fakePlatform,
  localClient,
  recordingLogger,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

const defaultFlagHandler = () => ({ enabled: true, value: "default" });

/** An offline client with this handler. */
function offline(
  getEnvironment: () => Promise<unknown> | unknown,
  options: Partial<FlagsmithOptions> = {},
) {
  const platform = fakePlatform(() => documentResponse());
  const flagsmith = localClient(platform, {
    enableLocalEvaluation: undefined,
    offlineMode: true,
    offlineHandler: { getEnvironment },
    ...options,
  });
  return { platform, flagsmith };
}

it("reports an error of the handler that cannot be read", async () => {
  const refuse = () => {
    throw new Error("cannot be read");
  };
  const mine = Object.defineProperty(new Error("no file"), "message", { get: refuse });
  const { flagsmith } = offline(() => Promise.reject(mine));
  const error = await catchError(flagsmith.ready());
  expect(error.code).toBe("NO_ENVIRONMENT");
  expect(error.message).toBe("The offline handler failed: an unreadable error.");
});

it("ends the message with one full stop", async () => {
  const { flagsmith } = offline(() => Promise.reject(new Error("No file. Use another path.")));
  const error = await catchError(flagsmith.ready());
  expect(error.message).toBe("The offline handler failed: No file. Use another path.");
});

it("attaches a copy of the handler's error as the cause", async () => {
  const mine = Object.assign(new TypeError("no file"), { code: "ENOENT" });
  const { flagsmith } = offline(() => Promise.reject(mine));
  const { name, message, stack } = mine;
  const { cause } = await catchError(flagsmith.ready());
  expect(cause).toMatchObject({ name, message, stack, code: "ENOENT" });
});

it("redacts the key in the message of a failed handler", async () => {
  const logger = recordingLogger();
  const flagsmith = localClient(
    fakePlatform(() => status(500), { retryPolicy: steadyPolicy(0, 0) }),
    {
      offlineHandler: { getEnvironment: () => Promise.reject(new Error(`no ${environmentKey}`)) },
      defaultFlagHandler,
      logger,
    },
  );
  await flagsmith.getEnvironmentFlags();
  const logged = logger.lines.join();
  expect(logged).toContain("The offline handler failed: no [redacted].");
  expect(logged).not.toContain(environmentKey);
});

it("does not need an error with a stack", async () => {
  const bare = Object.assign(new Error("no file"), { stack: undefined });
  for (const thrown of ["no file", { message: "no file", stack: environmentKey }, bare]) {
    const { flagsmith } = offline(() => Promise.reject(thrown));
    const error = await catchError(flagsmith.ready());
    expect(error).toMatchObject({ name: "FlagsmithClientError", code: "NO_ENVIRONMENT" });
    expect(String((error.cause as Error).stack)).not.toContain(environmentKey);
  }
});

it("passes on an error of the SDK, for example of another client", async () => {
  const mine = new FlagsmithClientError("CLOSED", "The other client is closed.");
  const { flagsmith } = offline(() => Promise.reject(mine));
  await expect(flagsmith.ready()).rejects.toBe(mine);
});

it("an abort is not the last error of the client", async () => {
  const { flagsmith } = offline(() => new Promise(() => undefined));
  const caller = new AbortController();
  const waiting = flagsmith.getEnvironmentFlags({ signal: caller.signal }).catch(() => "gone");
  await settle();
  caller.abort(new Error("changed my mind"));
  expect(await waiting).toBe("gone");
  expect(flagsmith.status().lastError).toBeUndefined();
});

it("a client without a handler names the missing option", async () => {
  const options = { offlineHandler: undefined, defaultFlagHandler };
  const { flagsmith } = offline(() => environmentDocument(), options);
  const error = await catchError(flagsmith.ready());
  expect(error.code).toBe("NO_ENVIRONMENT");
  expect(error.message).toContain("offlineHandler");
});

it("a call joins the load in flight after an earlier one has failed", async () => {
  const loads: { readonly resolve: (document: unknown) => void; readonly fail: () => void }[] = [];
  const { flagsmith } = offline(
    () =>
      new Promise((resolve, reject) => {
        loads.push({ resolve, fail: () => reject(new Error("no file")) });
      }),
  );
  const failed = catchError(flagsmith.updateEnvironment());
  const updated = flagsmith.updateEnvironment();
  loads[0]?.fail();
  await failed;
  const call = flagsmith.getEnvironmentFlags();
  await settle();
  expect(loads).toHaveLength(2);
  loads[1]?.resolve(environmentDocument("joined"));
  expect((await call).getFeatureValue("banner")).toBe("joined");
  await updated;
});
