import { describe, expect, it } from "vitest";
import {
  documentResponse,
  environmentDocument,
  offlineHandlerWith,
  updatedAt,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  catchError,
  fakePlatform,
  hang,
  json,
  localClient,
  recordingLogger,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { offline } from "./offline-client.ts";

allowNoUnhandledRejection();

const defaultFlagHandler = () => ({ enabled: true, value: "default" });

describe("offline mode", () => {
  it.each([
    ["at once", environmentDocument("offline")],
    ["by promise", Promise.resolve(environmentDocument("offline"))],
  ])("answers from the handler's document, given %s", async (_name, document) => {
    const { flagsmith, value, logger } = offline(offlineHandlerWith(document));
    expect(await value()).toBe("offline");
    const identity = await flagsmith.getIdentityFlags("vip");
    expect(identity.getFlag("banner")).toMatchObject({ value: "for vip", isDefault: false });
    expect(await flagsmith.getIdentitySegments("user", { plan: "gold" })).toEqual([
      { id: 11, name: "gold" },
    ]);
    const snapshot = await flagsmith.getSnapshot();
    expect(snapshot.updatedAt).toBe(updatedAt);
    expect(snapshot.identityFlags("user", { plan: "gold" }).getFeatureValue("banner")).toBe(
      "for gold",
    );
    await flagsmith.ready();
    expect(logger.warnings).toEqual([]);
  });

  it("calls the handler once, as a method, when it is first needed", async () => {
    class Handler {
      calls = 0;
      getEnvironment() {
        this.calls++;
        return environmentDocument("offline");
      }
    }
    const handler = new Handler();
    const { flagsmith, value } = offline(handler);
    await settle();
    expect(handler.calls).toBe(0);
    await value();
    await value();
    await flagsmith.getSnapshot();
    expect(handler.calls).toBe(1);
    await flagsmith.updateEnvironment();
    expect(handler.calls).toBe(2);
  });

  it("makes no request and leaves no timer in any mode", async () => {
    for (const enableLocalEvaluation of [true, false]) {
      const { platform, flagsmith, value } = offline(offlineHandlerWith(), {
        enableLocalEvaluation,
        environmentKey: "ser.key",
        environmentRefreshIntervalSeconds: 1,
      });
      await flagsmith.ready();
      await value();
      await flagsmith.updateEnvironment();
      await platform.clock.advance(3_600_000);
      await flagsmith.close();
      expect(await value()).toBe("offline");
      expect(platform.requests).toEqual([]);
      expect(platform.clock.pending).toBe(0);
    }
  });

  it("accepts a client-side key, which it does not use", async () => {
    const { value } = offline(offlineHandlerWith(), { environmentKey: "client-key" });
    expect(await value()).toBe("offline");
  });

  it("updateEnvironment() loads a new document, and keeps the old one if it fails", async () => {
    const documents: unknown[] = [environmentDocument(1), environmentDocument(2), { hello: 1 }];
    const { flagsmith, value } = offline({ getEnvironment: () => documents.shift() });
    expect(await value()).toBe(1);
    await flagsmith.updateEnvironment();
    expect(await value()).toBe(2);
    const error = await catchError(flagsmith.updateEnvironment());
    expect(error.code).toBe("NO_ENVIRONMENT");
    expect(await value()).toBe(2);
  });

  it("updateEnvironment() uses rules that were changed within the handler's own object", async () => {
    const document = environmentDocument("offline");
    const { flagsmith } = offline(offlineHandlerWith(document));
    const segments = () => flagsmith.getIdentitySegments("user", { plan: "free" });
    expect(await segments()).toEqual([]);
    for (const { rules } of document.project.segments) {
      for (const condition of rules.flatMap(({ conditions }) => conditions))
        condition.value = "free";
    }
    await flagsmith.updateEnvironment();
    expect(await segments()).toEqual([{ id: 11, name: "gold" }]);
  });

  const failures: Record<string, readonly [getEnvironment: () => unknown, message: string]> = {
    throws: [
      () => {
        throw new Error("no file");
      },
      "The offline handler failed: no file.",
    ],
    rejects: [() => Promise.reject(new Error("no file")), "The offline handler failed: no file."],
    hangs: [
      () => new Promise(() => undefined),
      "The offline handler did not return a document in time.",
    ],
    "gives nothing": [() => undefined, "returned an invalid environment document."],
    "gives null": [() => null, "returned an invalid environment document."],
    "gives text": [
      () => JSON.stringify(environmentDocument()),
      "returned an invalid environment document.",
    ],
    "gives a list": [() => [environmentDocument()], "returned an invalid environment document."],
    "gives an empty object": [() => ({}), "returned an invalid environment document at api_key."],
    "gives a wrong member": [
      () => environmentDocument("x", { api_key: null }),
      "returned an invalid environment document at api_key.",
    ],
  };

  it.each(Object.entries(failures))(
    "a handler that %s causes NO_ENVIRONMENT, or default flags",
    async (_name, [getEnvironment, message]) => {
      const { clock, flagsmith, platform } = offline({ getEnvironment });
      for (const ask of [
        () => flagsmith.getEnvironmentFlags(),
        () => flagsmith.getIdentityFlags("user"),
        () => flagsmith.getIdentitySegments("user"),
        () => flagsmith.getSnapshot(),
        () => flagsmith.ready(),
        () => flagsmith.updateEnvironment(),
      ]) {
        const error = await clock.run(catchError(ask()));
        expect(error.code).toBe("NO_ENVIRONMENT");
        expect(error.message).toContain(message);
      }
      const withDefaults = offline({ getEnvironment }, { defaultFlagHandler });
      expect(await withDefaults.clock.run(withDefaults.value())).toBe("default");
      const snapshot = await withDefaults.clock.run(withDefaults.flagsmith.getSnapshot());
      expect(snapshot.updatedAt).toBeUndefined();
      expect(snapshot.identityFlags("user").getFeatureValue("banner")).toBe("default");
      const segments = withDefaults.flagsmith.getIdentitySegments("user");
      expect((await withDefaults.clock.run(catchError(segments))).code).toBe("NO_ENVIRONMENT");
      const ready = withDefaults.flagsmith.ready();
      expect((await withDefaults.clock.run(catchError(ready))).code).toBe("NO_ENVIRONMENT");
      expect(withDefaults.logger.warnings[0]).toContain(message);
      expect([platform.requests, withDefaults.platform.requests]).toEqual([[], []]);
    },
  );

  it("calls a failed handler again at the next call", async () => {
    let calls = 0;
    const { value, logger } = offline(
      {
        getEnvironment: () => {
          if (++calls === 1) throw new Error("not yet");
          return environmentDocument("offline");
        },
      },
      { defaultFlagHandler },
    );
    expect(await value()).toBe("default");
    expect(await value()).toBe("offline");
    expect(logger.warnings).toEqual([
      expect.stringMatching(
        /^Serving default flags: The offline handler failed: not yet\. \(Error: not yet at .*offline-env/,
      ),
    ]);
  });

  it("waits for a handler until the call's deadline", async () => {
    const { clock, flagsmith } = offline({ getEnvironment: () => new Promise(() => undefined) });
    const startedAt = clock.now();
    await clock.run(catchError(flagsmith.ready({ timeoutSeconds: 3 })));
    expect(clock.now() - startedAt).toBe(3000);
  });

  it("rejects with the reason of the caller's signal", async () => {
    const { flagsmith } = offline({ getEnvironment: () => new Promise(() => undefined) });
    const controller = new AbortController();
    const call = flagsmith.getEnvironmentFlags({ signal: controller.signal });
    const outcome = expect(call).rejects.toBe("enough");
    await settle();
    controller.abort("enough");
    await outcome;
  });

  it("serves only default flags without a handler", async () => {
    const { flagsmith, value, platform } = offline(undefined, { defaultFlagHandler });
    expect(await value()).toBe("default");
    expect((await flagsmith.getIdentityFlags("user")).allFlags()).toEqual([]);
    expect((await catchError(flagsmith.getIdentitySegments("user"))).code).toBe("NO_ENVIRONMENT");
    expect(platform.requests).toEqual([]);
  });

  it("serves a default flag for an unknown feature", async () => {
    const flags = await offline(offlineHandlerWith(), {
      defaultFlagHandler,
    }).flagsmith.getEnvironmentFlags();
    expect(flags.getFeatureValue("unknown")).toBe("default");
    expect(flags.getFeatureValue("banner")).toBe("offline");
  });
});

describe("an offline handler as a fallback", () => {
  const retryPolicy = steadyPolicy(0, 0);

  it.each([true, false])(
    "is not called while the API responds (local evaluation: %s)",
    async (enableLocalEvaluation) => {
      const offlineHandler = offlineHandlerWith();
      const platform = fakePlatform(({ url, method }) => {
        if (url.includes("environment-document")) return documentResponse();
        const flags = [apiFlag("banner", { feature_state_value: "api" })];
        return json(method === "POST" ? { flags } : flags);
      });
      const flagsmith = localClient(platform, { enableLocalEvaluation, offlineHandler });
      expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("api");
      expect((await flagsmith.getIdentityFlags("user")).getFeatureValue("banner")).toBe("api");
      expect(offlineHandler.calls).toBe(0);
    },
  );

  it.each([true, false])(
    "comes before default flags, and is logged (local evaluation: %s)",
    async (enableLocalEvaluation) => {
      const offlineHandler = offlineHandlerWith();
      const logger = recordingLogger();
      const platform = fakePlatform(() => status(500), { retryPolicy });
      const flagsmith = localClient(platform, {
        enableLocalEvaluation,
        offlineHandler,
        defaultFlagHandler,
        logger,
      });
      const flags = await flagsmith.getIdentityFlags("user", { plan: "gold" });
      expect(flags.getFeatureValue("banner")).toBe("for gold");
      expect(flags.getFeatureValue("unknown")).toBe("default");
      expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("offline");
      expect(offlineHandler.calls).toBe(1);
      // Once per cause: one failed load, or two failed requests.
      const said = logger.warnings.filter((line) => line.startsWith("Using the offline"));
      expect(said).toHaveLength(enableLocalEvaluation ? 1 : 2);
      expect(logger.warnings.join()).toContain("Using the offline handler's document: ");
      expect(logger.warnings.join()).not.toContain("Serving default flags");
    },
  );

  it.each([true, false])(
    "has a second even after the deadline (local evaluation: %s)",
    async (enableLocalEvaluation) => {
      const platform = fakePlatform(hang);
      const { clock } = platform;
      const flagsmith = localClient(platform, {
        enableLocalEvaluation,
        offlineHandler: {
          getEnvironment: async () => {
            await clock.sleep(999);
            return environmentDocument("offline");
          },
        },
      });
      const startedAt = clock.now();
      const flags = await clock.run(flagsmith.getEnvironmentFlags());
      expect(flags.getFeatureValue("banner")).toBe("offline");
      expect(clock.now() - startedAt).toBe(20_999);
    },
  );

  it("supplies segments and snapshots too", async () => {
    const platform = fakePlatform(() => status(500), { retryPolicy });
    const flagsmith = localClient(platform, { offlineHandler: offlineHandlerWith() });
    const segments = await flagsmith.getIdentitySegments("user", { plan: "gold" });
    expect(segments).toEqual([{ id: 11, name: "gold" }]);
    expect((await flagsmith.getSnapshot()).environmentFlags().getFeatureValue("banner")).toBe(
      "offline",
    );
  });

  it("is replaced by the API as soon as a load succeeds", async () => {
    const platform = fakePlatform(
      (_request, count) => (count === 1 ? status(500) : documentResponse()),
      { retryPolicy },
    );
    const flagsmith = localClient(platform, { offlineHandler: offlineHandlerWith() });
    const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
    expect(await value()).toBe("offline");
    await platform.clock.advance(1100);
    expect(await value()).toBe("api");
  });

  it("does not hide an invalid argument or an abort", async () => {
    const offlineHandler = offlineHandlerWith();
    const platform = fakePlatform(hang);
    const flagsmith = localClient(platform, { offlineHandler, strictTraits: true });
    const bad = flagsmith.getIdentityFlags("user", { plan: Number.NaN });
    expect((await catchError(bad)).code).toBe("INVALID_TRAIT");
    const controller = new AbortController();
    const call = flagsmith.getEnvironmentFlags({ signal: controller.signal });
    const outcome = expect(call).rejects.toBe("enough");
    await settle();
    controller.abort("enough");
    await outcome;
    expect(offlineHandler.calls).toBe(0);
  });

  it("an abort while the handler is running rejects with its reason", async () => {
    const platform = fakePlatform(() => status(500), { retryPolicy });
    const flagsmith = localClient(platform, {
      offlineHandler: { getEnvironment: () => new Promise(() => undefined) },
      defaultFlagHandler,
    });
    const controller = new AbortController();
    const call = flagsmith.getEnvironmentFlags({ signal: controller.signal });
    const outcome = expect(call).rejects.toBe("enough");
    await settle();
    controller.abort("enough");
    await outcome;
  });
});
