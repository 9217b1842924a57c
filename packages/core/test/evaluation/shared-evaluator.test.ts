import { expect, it } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import { environmentDocument } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  client,
  deferredResponse,
  fakePlatform,
  hang,
  json,
  localClient,
  settle,
  status,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

const respond = ({ method }: { method: string | undefined }) =>
  json(method === "POST" ? { flags: [apiFlag("banner")], traits: [] } : [apiFlag("banner")]);

it("equal calls of a request share one evaluation, also at the same time", async () => {
  const platform = fakePlatform(respond);
  const scope = client(platform).forRequest();
  const identity = () => scope.getIdentityFlags("user", { a: 1, b: "x" });
  const flags = await Promise.all([identity(), identity(), identity()]);
  expect(await scope.getIdentityFlags("user", { b: "x", a: 1 })).toBe(flags[0]);
  expect(new Set(flags).size).toBe(1);
  expect(platform.requests).toHaveLength(1);
  await Promise.all([scope.getEnvironmentFlags(), scope.getEnvironmentFlags({})]);
  await scope.getEnvironmentFlags();
  expect(platform.requests).toHaveLength(2);
});

it("different identities, traits, options and requests are evaluated separately", async () => {
  const platform = fakePlatform(respond);
  const flagsmith = client(platform);
  const scope = flagsmith.forRequest();
  await scope.getIdentityFlags("user");
  await scope.getIdentityFlags("other");
  await scope.getIdentityFlags("user", { a: 1 });
  await scope.getIdentityFlags("user", { a: "1" });
  await scope.getIdentityFlags("user", {}, true);
  await flagsmith.forRequest().getIdentityFlags("user");
  await flagsmith.getIdentityFlags("user");
  await flagsmith.getIdentityFlags("user");
  expect(platform.requests).toHaveLength(8);
});

it("calls with different invalid traits have their own lists of dropped traits", async () => {
  const scope = client(fakePlatform(respond)).forRequest();
  const valid = await scope.getIdentityFlags("user", { a: 1 });
  const invalid = await scope.getIdentityFlags("user", { a: 1, b: Number.NaN });
  expect(valid.droppedTraits).toEqual([]);
  expect(invalid.droppedTraits).toEqual(["b"]);
});

it("failures and default flags are not kept", async () => {
  const platform = fakePlatform((request, count) => (count < 3 ? status(403) : respond(request)));
  const scope = client(platform).forRequest();
  const failed = await Promise.allSettled([
    scope.getIdentityFlags("user"),
    scope.getIdentityFlags("user"),
  ]);
  expect(failed.map((result) => result.status)).toEqual(["rejected", "rejected"]);
  expect(platform.requests).toHaveLength(1);
  await expect(scope.getIdentityFlags("user")).rejects.toMatchObject({ code: "API_STATUS" });
  expect((await scope.getIdentityFlags("user")).source).toBe("remote");

  const down = fakePlatform((request, count) => (count < 2 ? status(403) : respond(request)));
  const defaultFlagHandler = () => ({ enabled: false });
  const withDefaults = client(down, { defaultFlagHandler }).forRequest();
  expect((await withDefaults.getIdentityFlags("user")).source).toBe("default");
  expect((await withDefaults.getIdentityFlags("user")).source).toBe("remote");
});

it("the signal of one call does not end the other calls", async () => {
  const { response, respond: answer } = deferredResponse();
  const platform = fakePlatform(() => response);
  const scope = client(platform).forRequest();
  const controller = new AbortController();
  const aborted = scope.getIdentityFlags("user", {}, { signal: controller.signal });
  const other = scope.getIdentityFlags("user", {}, { signal: new AbortController().signal });
  await settle();
  controller.abort(new Error("stopped"));
  await expect(aborted).rejects.toThrow("stopped");
  expect(platform.requests[0]?.signal?.aborted).toBe(false);
  answer(json({ flags: [apiFlag("banner")], traits: [] }));
  expect((await other).isFeatureEnabled("banner")).toBe(true);
  expect(platform.requests).toHaveLength(1);
});

type Scope = ReturnType<ReturnType<typeof client>["forRequest"]>;

const kinds: readonly [string, (scope: Scope, signal?: AbortSignal) => Promise<Flags>][] = [
  ["the environment", (scope, signal) => scope.getEnvironmentFlags({ signal })],
  ["an identity", (scope, signal) => scope.getIdentityFlags("user", {}, { signal })],
  ["an anonymous identity", (scope, signal) => scope.getAnonymousFlags({ a: 1 }, { signal })],
];

it.each(kinds)("the request for %s is cancelled if all of its calls are", async (_name, get) => {
  const platform = fakePlatform((request, count) =>
    count === 1 ? hang(request) : respond(request),
  );
  const scope = client(platform).forRequest();
  const controllers = [new AbortController(), new AbortController()];
  const calls = controllers.map(({ signal }) => get(scope, signal));
  await settle();
  for (const controller of controllers) controller.abort(new Error("stopped"));
  const next = get(scope);
  for (const call of calls) await expect(call).rejects.toThrow("stopped");
  await settle();
  expect(platform.requests[0]?.signal?.aborted).toBe(true);
  expect(await get(scope)).toBe(await next);
  expect((await next).isFeatureEnabled("banner")).toBe(true);
  expect(platform.requests).toHaveLength(2);
});

it("anonymous calls share an evaluation only if they have traits", async () => {
  const platform = fakePlatform(respond);
  const scope = client(platform).forRequest();
  for (const _call of [1, 2]) await scope.getAnonymousFlags({ country: "CH" });
  expect(platform.requests).toHaveLength(1);
  for (const _call of [1, 2]) await scope.getAnonymousFlags();
  expect(platform.requests).toHaveLength(3);
});

it("a request in remote mode has no snapshot", async () => {
  const scope = client(fakePlatform(respond)).forRequest();
  expect(scope.currentSnapshot()).toBeUndefined();
  await expect(scope.getSnapshot()).rejects.toMatchObject({ code: "NO_ENVIRONMENT" });
});

it("an aborted signal and a closed client reject before the cache", async () => {
  const flagsmith = client(fakePlatform(respond));
  const scope = flagsmith.forRequest();
  await scope.getIdentityFlags("user");
  const signal = AbortSignal.abort(new Error("stopped"));
  await expect(scope.getIdentityFlags("user", {}, { signal })).rejects.toThrow("stopped");
  await flagsmith.close();
  await expect(scope.getIdentityFlags("user")).rejects.toMatchObject({ code: "CLOSED" });
});

it("later changes to the traits have no effect", async () => {
  const platform = fakePlatform(respond);
  const scope = client(platform).forRequest();
  const traits = { plan: "gold" };
  const first = scope.getIdentityFlags("user", traits);
  traits.plan = "free";
  await first;
  expect(platform.requests[0]?.body).toContain("gold");
  await scope.getIdentityFlags("user", { plan: "gold" });
  expect(platform.requests).toHaveLength(1);
});

it("each read of shared flags is observed once", async () => {
  const names: string[] = [];
  const flagsmith = client(fakePlatform(respond), {
    onFlagEvaluated: ({ featureName }) => void names.push(featureName),
  });
  const scope = flagsmith.forRequest();
  for (const _call of [1, 2]) (await scope.getIdentityFlags("user")).isFeatureEnabled("banner");
  expect(names).toEqual(["banner", "banner"]);
});

it("local evaluation pins a version instead", async () => {
  const flagsmith = localClient(fakePlatform(() => json(environmentDocument())));
  const scope = flagsmith.forRequest();
  expect(await scope.getIdentityFlags("a")).toEqual(await scope.getIdentityFlags("a"));
  await flagsmith.close();
});
