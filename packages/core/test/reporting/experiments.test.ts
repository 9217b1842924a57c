import { expect, it } from "vitest";
import { version } from "../../src/version.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  catchError,
  client,
  deferredResponse,
  fakePlatform,
  json,
  localClient,
  settle,
  status,
} from "../fake-platform.ts";
import { eventsApiUrl, experimentFlag, reportingPlatform, reportWith } from "./fake-reports.ts";

allowNoUnhandledRejection();

const options = { enableEvents: true, eventsApiUrl };

it("returns a flag and tracks the exposure of an identity in its experiment", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  const flag = await flagsmith.getExperimentFlag("banner", "user", { plan: "gold", age: 42 });
  expect(flag).toMatchObject({ featureName: "banner", variant: "red", enabled: true });
  await flagsmith.flush();
  expect(platform.bodies()).toEqual([
    {
      events: [
        {
          event: "$flag_exposure",
          feature_name: "banner",
          identifier: "user",
          value: "red",
          traits: { plan: "gold", age: 42 },
          metadata: { experiment_id: 77, sdk_version: version },
          timestamp: platform.clock.now(),
        },
      ],
    },
  ]);
});

it("tracks the exposure without traits that are too long for an event", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  const names = Array.from({ length: 33 }, (_, index) => [`trait ${index}`, "x".repeat(2000)]);
  const flag = await flagsmith.getExperimentFlag("banner", "user", Object.fromEntries(names));
  expect(flag.variant).toBe("red");
  await flagsmith.flush();
  expect(platform.bodies()[0].events).toMatchObject([
    { event: "$flag_exposure", identifier: "user", value: "red", traits: null },
  ]);
});

it("tracks one exposure per identity and batch", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  for (let count = 0; count < 3; count++) await flagsmith.getExperimentFlag("banner", "user");
  await flagsmith.getExperimentFlag("banner", "other");
  await flagsmith.flush();
  expect(platform.bodies()[0].events).toHaveLength(2);
});

const out = { experiment: { id: 77, name: "Colours", in_experiment: false } };

it.each([
  ["is not in the experiment", [experimentFlag("banner", { metadata: out })]],
  ["has no experiment", [apiFlag("banner", { variant: "red" })]],
  ["is disabled", [experimentFlag("banner", { enabled: false })]],
  ["has no variant", [experimentFlag("banner", { variant: null })]],
  ["is unknown", []],
])("tracks no exposure to a flag that %s", async (_name, flags) => {
  const platform = fakePlatform(() => json({ flags, traits: [] }));
  const flagsmith = client(platform, options);
  await flagsmith.getExperimentFlag("banner", "user");
  await flagsmith.flush();
  expect(platform.requests).toHaveLength(1);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
});

it("tracks no exposure in local evaluation", async () => {
  const platform = reportingPlatform();
  const local = localClient(platform, options);
  expect((await local.getExperimentFlag("banner", "user", { plan: "gold" })).value).toBe(
    "for gold",
  );
  await local.close();
  expect(platform.reports()).toEqual([]);
});

it("tracks no exposure to a default flag", async () => {
  const platform = fakePlatform(() => status(403));
  const defaultFlagHandler = () => ({ enabled: true, value: "red" });
  const flagsmith = client(platform, { ...options, defaultFlagHandler });
  expect((await flagsmith.getExperimentFlag("banner", "user")).isDefault).toBe(true);
  await flagsmith.close();
  expect(platform.requests).toHaveLength(1);
});

it("counts the flag as an evaluation and calls onFlagEvaluated", async () => {
  const platform = reportingPlatform();
  const seen: unknown[] = [];
  const flagsmith = client(platform, {
    ...options,
    enableAnalytics: true,
    onFlagEvaluated: (evaluation) => seen.push(evaluation),
  });
  await flagsmith.getExperimentFlag("banner", "user");
  expect(seen).toHaveLength(1);
  expect(flagsmith.deliveryReport()).toEqual(
    reportWith({ analytics: { pending: 1 }, events: { pending: 1 } }),
  );
  await flagsmith.close();
});

it("later changes to the traits affect neither the request nor the exposure", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  const traits: Record<string, string> = { plan: "gold" };
  const flag = flagsmith.getExperimentFlag("banner", "user", traits);
  traits["plan"] = "free";
  await flag;
  await flagsmith.flush();
  expect(platform.requests[0]?.body).toContain("gold");
  expect(platform.bodies()[0].events[0].traits).toEqual({ plan: "gold" });
});

it("accepts the options and throws the errors of getIdentityFlags", async () => {
  const platform = reportingPlatform();
  const flagsmith = client(platform, options);
  await flagsmith.getExperimentFlag("banner", "user", {}, { transient: true });
  expect(JSON.parse(platform.requests[0]?.body ?? "")).toMatchObject({ transient: true });
  // A transient identity must not be stored by the events API either.
  expect(flagsmith.deliveryReport()).toEqual(reportWith({}));
  expect((await catchError(flagsmith.getExperimentFlag("banner", ""))).code).toBe(
    "INVALID_IDENTIFIER",
  );
  const signal = AbortSignal.abort(new Error("gone"));
  await expect(flagsmith.getExperimentFlag("banner", "user", {}, { signal })).rejects.toThrow(
    "gone",
  );
});

it("drops the exposure to a flag that arrives after close()", async () => {
  const { response, respond } = deferredResponse();
  const platform = fakePlatform(() => response);
  const flagsmith = client(platform, options);
  const flag = flagsmith.getExperimentFlag("banner", "user");
  await settle();
  await flagsmith.close();
  respond(json({ flags: [experimentFlag()], traits: [] }));
  expect((await flag).variant).toBe("red");
  await platform.clock.advance(60_000);
  expect(platform.requests).toHaveLength(1);
  expect(flagsmith.deliveryReport()).toEqual(reportWith({ events: { dropped: 1 } }));
});
