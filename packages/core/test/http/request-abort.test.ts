import { expect, it } from "vitest";
import {
  abortableBody,
  client,
  countedSignal,
  endlessBody,
  fakePlatform,
  hang,
  hangDeaf,
  type Responder,
  reset,
  settle,
  status,
} from "../fake-platform.ts";
import { failing, found } from "./failing-platform.ts";

const seconds = 1000;
const reason = new Error("the user has left");

it("rejects with the reason of an aborted signal, without a request", async () => {
  const platform = fakePlatform(found);
  for (const ask of ["getEnvironmentFlags", "getIdentityFlags"] as const) {
    const signal = AbortSignal.abort(reason);
    const flagsmith = client(platform);
    const call =
      ask === "getEnvironmentFlags"
        ? flagsmith.getEnvironmentFlags({ signal })
        : flagsmith.getIdentityFlags("user", {}, { signal });
    await expect(call).rejects.toBe(reason);
  }
  expect(platform.requests).toEqual([]);
  expect(platform.clock.sleeps).toEqual([]);
});

it.each<[string, Responder, number]>([
  ["the request", hang, 0],
  ["a request whose fetch ignores its signal", hangDeaf, 0],
  ["the body", endlessBody, 0],
  ["the body of an error", (request) => abortableBody(request, 403), 0],
  [
    "the second attempt",
    (request, count) => (count === 1 ? status(503) : hang(request)),
    2 * seconds,
  ],
  // Nothing is in flight then, because the first attempt has ended.
  ["a wait for the next attempt", () => status(503, { "Retry-After": "5" }), 2 * seconds],
])("rejects with the signal's reason during %s, without a retry", async (name, answer, atMs) => {
  const platform = fakePlatform(answer);
  const { controller, signal, listeners, added } = countedSignal();
  const call = client(platform).getIdentityFlags("user", {}, { signal });
  const outcome = expect(call).rejects.toBe(reason);
  await platform.clock.advance(atMs);
  const sent = platform.requests.length;
  expect(listeners.size).toBe(1);
  controller.abort(reason);
  await outcome;
  expect(platform.clock.pending).toBe(0);
  expect(platform.requests.at(-1)?.signal?.aborted).toBe(name !== "a wait for the next attempt");
  await platform.clock.advance(60 * seconds);
  expect(platform.requests).toHaveLength(sent);
  expect(added()).toBeGreaterThan(0);
});

it("rejects with an AbortError for an abort without a reason", async () => {
  const platform = fakePlatform(hang);
  const controller = new AbortController();
  const call = client(platform).getEnvironmentFlags({ signal: controller.signal });
  const outcome = expect(call).rejects.toMatchObject({ name: "AbortError" });
  await settle();
  controller.abort();
  await outcome;
});

it("removes every listener from the caller's signal", async () => {
  const { signal, listeners, added } = countedSignal();
  for (const answer of [found, () => status(400), reset, hang]) {
    const platform = failing(answer, answer);
    const flagsmith = client(platform, { requestDeadlineSeconds: 60 });
    await platform.clock.run(flagsmith.getEnvironmentFlags({ signal })).catch(() => undefined);
    expect(listeners.size).toBe(0);
    expect(platform.clock.pending).toBe(0);
  }
  expect(added()).toBeGreaterThan(4);
});

it("passes its own signal to fetch, not the caller's", async () => {
  const platform = fakePlatform(found);
  const { signal } = new AbortController();
  await client(platform).getEnvironmentFlags({ signal });
  expect(platform.requests[0]?.signal).toBeInstanceOf(AbortSignal);
  expect(platform.requests[0]?.signal).not.toBe(signal);
});
