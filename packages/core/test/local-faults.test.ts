import { describe, expect, it } from "vitest";
import { FlagsmithAPIError } from "../src/errors.ts";
import type { FlagsmithOptions } from "../src/options/options.ts";
import {
  documentResponse,
  environmentDocument,
  offlineHandlerWith,
  recordingChanges,
  storageWith,
  updatedAt,
} from "./fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  cutBody,
  endlessBody,
  environmentKey,
  fakePlatform,
  fixedRandom,
  hang,
  json,
  localClient,
  type Responder,
  recordingLogger,
  redirect,
  reset,
  status,
} from "./fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

interface Fault {
  readonly answer: Responder;
  /** The number of requests of one load. */
  readonly requests: number;
  readonly code: string;
  readonly message: RegExp;
}

const { feature_states: _, ...withoutFeatures } = environmentDocument();

const faults: Record<string, Fault> = {
  "a 500": fault(() => status(500), 4, "API_STATUS", /status 500/),
  "a 503 with Retry-After 1": fault(
    () => status(503, { "Retry-After": "1" }),
    4,
    "API_STATUS",
    /status 503/,
  ),
  "a 503 with Retry-After 3600": fault(
    () => status(503, { "Retry-After": "3600" }),
    1,
    "API_STATUS",
    /status 503/,
  ),
  "a 429": fault(() => status(429), 4, "API_STATUS", /status 429/),
  "a 401": fault(() => status(401), 1, "API_STATUS", /status 401: check environmentKey/),
  "a 403": fault(() => status(403), 1, "API_STATUS", /status 403: check environmentKey/),
  "a 404": fault(() => status(404), 1, "API_STATUS", /status 404: check apiUrl/),
  "no response": fault(hang, 2, "API_TIMEOUT", /timed out after|did not arrive/),
  "a reset connection": fault(reset, 4, "API_UNREACHABLE", /ECONNRESET/),
  "a body that never ends": fault(endlessBody, 2, "API_TIMEOUT", /timed out after|did not arrive/),
  "a cut body": fault(cutBody, 4, "API_UNREACHABLE", /terminated/),
  "a page of HTML": fault(
    () => new Response("<html></html>", { headers: { "Content-Type": "text/html" } }),
    1,
    "INVALID_RESPONSE",
    /a response that is not Flagsmith's \(200, text\/html\): check apiUrl/,
  ),
  "a document without a member": fault(
    () => json(withoutFeatures),
    1,
    "INVALID_RESPONSE",
    /invalid at feature_states\.$/,
  ),
  "a document with a wrong member": fault(
    () => json(environmentDocument("bad", { api_key: 7 })),
    1,
    "INVALID_RESPONSE",
    /invalid at api_key\.$/,
  ),
  "a redirect elsewhere": fault(
    () => redirect("https://other.example/api/v1/"),
    1,
    "API_UNREACHABLE",
    /from https:\/\/flags\.example to https:\/\/other\.example/,
  ),
};

function fault(answer: Responder, requests: number, code: string, message: RegExp): Fault {
  return { answer, requests, code, message };
}

interface Fallback {
  readonly options: Partial<FlagsmithOptions>;
  /** The value without a document. `undefined` if the call fails. */
  readonly value: string | undefined;
  readonly hasSegments: boolean;
}

const defaultFlagHandler = () => ({ enabled: true, value: "default" });
const fallbacks: Record<string, () => Fallback> = {
  "no fallback": () => ({ options: {}, value: undefined, hasSegments: false }),
  "a defaultFlagHandler": () => ({
    options: { defaultFlagHandler },
    value: "default",
    hasSegments: false,
  }),
  "an offlineHandler": () => ({
    options: { offlineHandler: offlineHandlerWith() },
    value: "offline",
    hasSegments: true,
  }),
  "an offlineHandler and a defaultFlagHandler": () => ({
    options: { offlineHandler: offlineHandlerWith(), defaultFlagHandler },
    value: "offline",
    hasSegments: true,
  }),
};

for (const [faultName, { answer, requests, code, message }] of Object.entries(faults)) {
  for (const [fallbackName, makeFallback] of Object.entries(fallbacks)) {
    describe(`${faultName}, with ${fallbackName}`, () => {
      it("uses the fallback if there never was a document", async () => {
        const { options, value, hasSegments } = makeFallback();
        const platform = fakePlatform(answer);
        const { changes, onEnvironmentChange } = recordingChanges();
        const flagsmith = localClient(platform, { ...options, onEnvironmentChange });
        const calls = {
          first: () => flagsmith.getEnvironmentFlags(),
          identity: () => flagsmith.getIdentityFlags("user", { plan: "free" }),
          snapshot: async () => (await flagsmith.getSnapshot()).environmentFlags(),
        };
        for (const [name, call] of Object.entries(calls)) {
          const startedAt = platform.clock.now();
          const result = platform.clock.run(call());
          if (value === undefined) {
            const error = await catchError(result);
            expect(error).toBeInstanceOf(FlagsmithAPIError);
            expect(error.code).toBe(code);
            expect(error.message).toMatch(message);
            expect(String(error) + String(error.cause)).not.toContain(environmentKey);
          } else {
            const flags = await result;
            expect(flags.getFlag("banner")).toMatchObject({
              value,
              isDefault: value === "default",
            });
          }
          // Only the first call waits for the load.
          if (name !== "first") expect(platform.clock.now()).toBe(startedAt);
          // The load has the same deadline as the call that started it.
          await platform.clock.advance(0);
          expect(platform.requests).toHaveLength(requests);
          expect(changes).toEqual([code]);
        }
        const segments = flagsmith.getIdentitySegments("user", { plan: "gold" });
        if (hasSegments) expect(await segments).toEqual([{ id: 11, name: "gold" }]);
        // Default flags have no segments.
        else expect((await catchError(segments)).code).toBe(value ? "NO_ENVIRONMENT" : code);
        const ready = await catchError(flagsmith.ready());
        expect(ready.code).toBe(code);
        expect(platform.requests).toHaveLength(requests);
      });

      it("keeps the current document and reports the failed poll", async () => {
        const { options } = makeFallback();
        const platform = fakePlatform((request, count) =>
          count === 1 ? documentResponse() : answer(request, count),
        );
        const logger = recordingLogger();
        const { changes, onEnvironmentChange } = recordingChanges();
        const flagsmith = localClient(platform, { ...options, onEnvironmentChange, logger });
        await platform.clock.run(flagsmith.ready());
        await platform.clock.advance(60_000 + 20_000);
        expect(platform.requests).toHaveLength(1 + requests);
        const flags = await flagsmith.getIdentityFlags("user", { plan: "gold" });
        expect(flags.getFeatureValue("banner")).toBe("for gold");
        expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("api");
        expect(changes).toEqual([`new ${updatedAt}`, code]);
        const lines = [...logger.warnings, ...logger.errors];
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(message);
        expect(lines[0]).not.toContain(environmentKey);
      });

      it("uses a recent stored document until a poll is due", async () => {
        const { options } = makeFallback();
        const platform = fakePlatform(answer);
        const { changes, onEnvironmentChange } = recordingChanges();
        const flagsmith = localClient(platform, {
          ...options,
          onEnvironmentChange,
          storage: storageWith(10_000),
        });
        const flags = await flagsmith.getEnvironmentFlags();
        expect(flags.getFeatureValue("banner")).toBe("stored");
        await platform.clock.advance(49_999);
        expect(platform.requests).toHaveLength(0);
        await platform.clock.advance(1 + 20_000);
        expect(platform.requests).toHaveLength(requests);
        const later = await flagsmith.getEnvironmentFlags();
        expect(later.getFeatureValue("banner")).toBe("stored");
        expect(changes).toEqual([`new ${updatedAt}`, code]);
      });

      it("is answered by an old document of the storage", async () => {
        const { options } = makeFallback();
        const platform = fakePlatform(answer);
        const { changes, onEnvironmentChange } = recordingChanges();
        const flagsmith = localClient(platform, {
          ...options,
          onEnvironmentChange,
          storage: storageWith(3_600_000),
        });
        const flags = await platform.clock.run(flagsmith.getEnvironmentFlags());
        await platform.clock.advance(20_000);
        expect(flags.getFeatureValue("banner")).toBe("stored");
        expect(platform.requests).toHaveLength(requests);
        await flagsmith.ready();
        const identity = await flagsmith.getIdentityFlags("user", { plan: "gold" });
        expect(identity.getFeatureValue("banner")).toBe("for gold");
        expect(changes).toEqual([`new ${updatedAt}`, code]);
      });
    });
  }
}

it("uses default flags if the offline handler has no document", async () => {
  const platform = fakePlatform(() => status(500));
  const flagsmith = localClient(platform, {
    offlineHandler: offlineHandlerWith({ hello: 1 }),
    defaultFlagHandler,
  });
  const flags = await platform.clock.run(flagsmith.getEnvironmentFlags());
  expect(flags.getFeatureValue("banner")).toBe("default");
});

it("throws the API's failure if the offline handler fails too", async () => {
  const platform = fakePlatform(() => status(500));
  const logger = recordingLogger();
  const flagsmith = localClient(platform, { offlineHandler: offlineHandlerWith(null), logger });
  const error = await catchError(platform.clock.run(flagsmith.getEnvironmentFlags()));
  expect(error.code).toBe("API_STATUS");
  expect(logger.warnings).toContain(
    "The offline handler returned an invalid environment document.",
  );
});
