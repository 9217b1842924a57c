import { expect, it } from "vitest";
import { environmentDocument, updatedAt } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  client,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

it("keeps its version while the document changes", async () => {
  const platform = fakePlatform((_request, count) =>
    json(
      environmentDocument(count, {
        updated_at: `2026-01-0${count}T00:00:00Z`,
        ...(count > 1 && { identity_overrides: [], project: { segments: [] } }),
      }),
    ),
  );
  const flagsmith = localClient(platform);
  const first = await flagsmith.getSnapshot();
  const flags = await flagsmith.getIdentityFlags("user", { plan: "gold" });
  await platform.clock.advance(60_000);
  const second = await flagsmith.getSnapshot();
  await flagsmith.close();

  expect([first.updatedAt, second.updatedAt]).toEqual([
    "2026-01-01T00:00:00Z",
    "2026-01-02T00:00:00Z",
  ]);
  expect(first.environmentFlags().getFeatureValue("banner")).toBe(1);
  expect(first.identityFlags("vip").getFeatureValue("banner")).toBe("for vip");
  expect(first.identityFlags("user", { plan: "gold" }).getFeatureValue("banner")).toBe("for gold");
  expect(first.identitySegments("user", { plan: "gold" })).toEqual([{ id: 11, name: "gold" }]);
  expect(flags.getFeatureValue("banner")).toBe("for gold");

  expect(second.environmentFlags().getFeatureValue("banner")).toBe(2);
  expect(second.identityFlags("vip").getFeatureValue("banner")).toBe(2);
  expect(second.identitySegments("user", { plan: "gold" })).toEqual([]);
  expect(platform.requests).toHaveLength(2);
});

it("evaluates synchronously, with default flags for unknown features", async () => {
  const flagsmith = localClient(
    fakePlatform(() => json(environmentDocument())),
    { defaultFlagHandler: (name) => ({ enabled: true, value: name }) },
  );
  const snapshot = await flagsmith.getSnapshot();
  expect(snapshot.updatedAt).toBe(updatedAt);
  expect(snapshot.environmentFlags().getFeatureValue("unknown")).toBe("unknown");
  expect(snapshot.identityFlags("user").isFeatureEnabled("unknown")).toBe(true);
  expect(snapshot.identitySegments("user")).toEqual([]);
});

it("validates identifier and traits like the client", async () => {
  const platform = fakePlatform(() => json(environmentDocument()));
  const snapshot = await localClient(platform, { strictTraits: true }).getSnapshot();
  for (const question of ["identityFlags", "identitySegments"] as const) {
    expect((await catchError(() => snapshot[question](null as never))).code).toBe(
      "INVALID_IDENTIFIER",
    );
    const error = await catchError(() => snapshot[question]("user", { plan: Number.NaN }));
    expect(error.code).toBe("INVALID_TRAIT");
  }
});

it.each([undefined, null, 42, {}])("has no date if the document has %j", async (updated_at) => {
  const document = environmentDocument("api", { updated_at });
  const flagsmith = localClient(fakePlatform(() => json(document)));
  expect((await flagsmith.getSnapshot()).updatedAt).toBeUndefined();
});

it("rejects with NO_ENVIRONMENT in remote mode, without a request", async () => {
  const platform = fakePlatform();
  const flagsmith = client(platform, { defaultFlagHandler: () => ({ enabled: true }) });
  for (const ask of [() => flagsmith.getSnapshot(), () => flagsmith.getIdentitySegments("user")]) {
    expect(await catchError(ask())).toMatchObject({
      code: "NO_ENVIRONMENT",
      message: "Remote evaluation has no environment document: set enableLocalEvaluation.",
    });
  }
  expect(platform.requests).toEqual([]);
});

it("remote mode is ready immediately and has nothing to load or close", async () => {
  const platform = fakePlatform();
  const flagsmith = client(platform);
  await flagsmith.ready();
  await flagsmith.ready({ timeoutSeconds: 0.001 });
  await flagsmith.updateEnvironment();
  await flagsmith.close();
  expect(platform.requests).toEqual([]);
  expect(platform.clock.pending).toBe(0);
  expect((await catchError(flagsmith.ready())).code).toBe("CLOSED");
});
