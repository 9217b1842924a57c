import { afterEach, beforeEach, expect, it } from "vitest";
import { documentResponse, storageWith } from "../fake-environment.ts";
import { catchError, client, fakePlatform, json, localClient } from "../fake-platform.ts";

// Some libraries add a method to all objects, which a `for … in` loop visits.
beforeEach(() => {
  Object.assign(Object.prototype, { addedByLibrary: () => 1 });
});

afterEach(() => {
  Reflect.deleteProperty(Object.prototype, "addedByLibrary");
});

it("a client can be created if a library has extended all objects", () => {
  expect(client(fakePlatform()).status().state).toBe("ready");
});

it("the options of a call are accepted if a library has extended all objects", async () => {
  const flagsmith = client(fakePlatform(() => json([])));
  const flags = await flagsmith.getEnvironmentFlags({ signal: AbortSignal.timeout(5000) });
  expect(flags.allFlags()).toEqual([]);
});

it("an unknown option is rejected if a library has extended all objects", async () => {
  const unknown: object = { eventsApiUrl: "https://events.example/", timeout: 1 };
  const error = await catchError(() => client(fakePlatform(), unknown));
  expect(error).toMatchObject({ code: "INVALID_OPTIONS", message: 'Unknown option "timeout".' });
});

it("a stored document is used if a library has extended all objects", async () => {
  const platform = fakePlatform(() => documentResponse("api"));
  const flagsmith = localClient(platform, { storage: storageWith(1000) });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe("stored");
  await flagsmith.close();
});
