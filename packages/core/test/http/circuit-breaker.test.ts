import { beforeEach, expect, it } from "vitest";
import type { FlagsmithAPIError } from "../../src/errors.ts";
import type { Flagsmith } from "../../src/flagsmith.ts";
import { CircuitBreaker } from "../../src/http/circuit-breaker.ts";
import {
  apiUrl,
  catchError,
  client,
  FakeClock,
  fakePlatform,
  hang,
  json,
  type Responder,
  redirect,
  reset,
  settle,
  status,
} from "../fake-platform.ts";

const second = 1000;
let respond: Responder;

beforeEach(() => {
  respond = () => status(503);
});

function createClient(options = {}) {
  const platform = fakePlatform((request, count) => respond(request, count));
  return {
    platform,
    clock: platform.clock,
    requests: platform.requests,
    flagsmith: client(platform, { retries: 0, ...options }),
  };
}

const fail = (flagsmith: Flagsmith) => catchError(flagsmith.getEnvironmentFlags());

async function failFiveTimes(flagsmith: Flagsmith) {
  for (let call = 0; call < 5; call++) await fail(flagsmith);
}

it("opens after five consecutive failed calls", async () => {
  const { flagsmith, requests } = createClient();
  await failFiveTimes(flagsmith);
  expect(requests).toHaveLength(5);
  const error = await fail(flagsmith);
  expect(requests).toHaveLength(5);
  expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_STATUS", status: 503 });
  expect(error.message).toBe(
    `GET ${apiUrl}flags/ was not sent while the API is unavailable: GET ${apiUrl}flags/ failed with status 503.`,
  );
});

it("the error of an open circuit has the last error's code and reason", async () => {
  respond = () => json({ detail: "Throttled" }, { status: 429 });
  const { flagsmith } = createClient();
  await failFiveTimes(flagsmith);
  expect(await fail(flagsmith)).toMatchObject({
    code: "API_STATUS",
    status: 429,
    reason: "Throttled",
  });
});

it.each<[string, Responder, boolean]>([
  ["a 429", () => status(429), true],
  ["a 502", () => status(502), true],
  ["a 503", () => status(503), true],
  ["a 504", () => status(504), true],
  ["a reset connection", reset, true],
  ["a timeout", hang, true],
  ["a 500", () => status(500), false],
  ["a 501", () => status(501), false],
  ["a 400", () => status(400), false],
  ["a 403", () => status(403), false],
  ["a 408", () => status(408), false],
  ["a redirect to another origin", () => redirect("https://evil.example/"), false],
  ["a response that is not Flagsmith's", () => json(7), false],
])("%s opens the circuit: %#", async (_name, responder, isOpened) => {
  respond = responder;
  const { flagsmith, requests, clock } = createClient();
  for (let call = 0; call < 5; call++) await clock.run(fail(flagsmith));
  await fail(flagsmith).catch(() => undefined);
  expect(requests).toHaveLength(isOpened ? 5 : 6);
});

it("opens after five calls that end at their deadline", async () => {
  respond = hang;
  const { flagsmith, requests, clock } = createClient({ requestDeadlineSeconds: 2 });
  for (let call = 0; call < 6; call++) await clock.run(fail(flagsmith));
  expect(requests).toHaveLength(5);
});

it("a call that reaches the API starts the count again", async () => {
  const { flagsmith, requests } = createClient();
  for (const code of [503, 503, 503, 503, 500, 503, 503, 503, 503, 404, 503]) {
    respond = () => status(code);
    await fail(flagsmith);
  }
  expect(requests).toHaveLength(11);
});

it("a call that the caller aborts does not count", async () => {
  respond = hang;
  const { flagsmith, requests } = createClient();
  for (let call = 0; call < 8; call++) {
    const caller = new AbortController();
    const failing = flagsmith.getEnvironmentFlags({ signal: caller.signal }).catch(() => "gone");
    await settle();
    caller.abort();
    expect(await failing).toBe("gone");
  }
  expect(requests).toHaveLength(8);
});

it("one call at a time probes the API after a pause of at most 1 s", async () => {
  const { flagsmith, requests, clock } = createClient();
  await failFiveTimes(flagsmith);
  await clock.advance(499);
  await fail(flagsmith);
  expect(requests).toHaveLength(5);
  await clock.advance(501);
  respond = hang;
  const calls = [1, 2, 3].map(() => fail(flagsmith));
  await settle();
  expect(requests).toHaveLength(6);
  await clock.run(Promise.all(calls));
});

it("the pause between probes grows to at most 10 s", async () => {
  const { flagsmith, requests, clock } = createClient();
  for (let tenth = 0; tenth < 1200; tenth++) {
    void fail(flagsmith);
    await clock.advance(100);
  }
  const probes = requests.slice(5).map(({ at }) => at);
  const pauses = probes.slice(1).map((at, index) => at - (probes[index] ?? 0));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(10.1 * second);
  expect(pauses.slice(4).every((ms) => ms >= 5 * second)).toBe(true);
});

it("the pauses begin again at 1 s after the API was reached", async () => {
  const { flagsmith, requests, clock } = createClient();
  for (let tenth = 0; tenth < 300; tenth++) {
    void fail(flagsmith);
    await clock.advance(100);
  }
  await clock.advance(10 * second);
  respond = () => json([]);
  await flagsmith.getEnvironmentFlags();
  respond = () => status(503);
  await failFiveTimes(flagsmith);
  const sent = requests.length;
  await clock.advance(second);
  await fail(flagsmith);
  expect(requests).toHaveLength(sent + 1);
});

it("a probe makes one attempt", async () => {
  const { flagsmith, requests, clock } = createClient({ retries: 3 });
  for (let call = 0; call < 5; call++) await clock.run(fail(flagsmith));
  requests.length = 0;
  await clock.advance(second);
  await fail(flagsmith);
  expect(requests).toHaveLength(1);
});

it("a probe that is aborted leaves the next call to probe", async () => {
  const { flagsmith, requests, clock } = createClient();
  await failFiveTimes(flagsmith);
  await clock.advance(second);
  respond = hang;
  const caller = new AbortController();
  const probe = flagsmith.getEnvironmentFlags({ signal: caller.signal }).catch(() => "gone");
  await settle();
  caller.abort();
  expect(await probe).toBe("gone");
  respond = () => json([]);
  await flagsmith.getEnvironmentFlags();
  expect(requests).toHaveLength(7);
});

it("a probe that vanished with its request blocks others until its timeout", async () => {
  const { flagsmith, requests, clock } = createClient();
  await failFiveTimes(flagsmith);
  await clock.advance(second);
  respond = hang;
  void flagsmith.getEnvironmentFlags().catch(() => undefined);
  await settle();
  clock.cutOff();
  respond = () => json([]);
  await clock.advance(9 * second);
  await fail(flagsmith);
  await clock.advance(second);
  await flagsmith.getEnvironmentFlags();
  expect(requests).toHaveLength(7);
});

it("a waiting call makes no retry after the circuit has opened", async () => {
  const { flagsmith, requests, clock } = createClient({
    retries: { retries: 3, delay: (attempt: number) => attempt * 1000 },
  });
  const waiting = [1, 2, 3, 4, 5, 6].map(() => fail(flagsmith));
  await clock.run(Promise.all(waiting));
  const sent = requests.length;
  await fail(flagsmith);
  expect(requests).toHaveLength(sent);
  expect(sent).toBeLessThanOrEqual(24);
});

it("a Retry-After applies to other calls, which wait for it within their deadline", async () => {
  respond = (_request, count) => (count === 1 ? status(503, { "Retry-After": "5" }) : json([]));
  const { flagsmith, requests, clock } = createClient();
  await fail(flagsmith);
  await clock.run(flagsmith.getEnvironmentFlags());
  expect(requests.map(({ at }) => at)).toEqual([0, 5 * second]);
});

it("a Retry-After of another response extends the wait of a call", async () => {
  const { flagsmith, requests, clock } = createClient();
  respond = async (_request, count) => {
    if (count === 1) await clock.sleep(3 * second);
    if (count > 2) return json([]);
    return status(503, { "Retry-After": count === 1 ? "7" : "5" });
  };
  const slow = fail(flagsmith);
  await fail(flagsmith);
  await clock.run(Promise.all([slow, flagsmith.getEnvironmentFlags()]));
  expect(requests.map(({ at }) => at)).toEqual([0, 0, 10 * second]);
});

it("a Retry-After ends with its timer if a test fakes the timers and not the clock", async () => {
  const clock = new FakeClock();
  const timers = { ...clock, monotonicNow: () => 0 };
  const platform = fakePlatform(
    (_request, count) => (count === 1 ? status(503, { "Retry-After": "5" }) : json([])),
    { clock, timers },
  );
  const flagsmith = client(platform, { retries: 0 });
  await fail(flagsmith);
  await clock.run(flagsmith.getEnvironmentFlags());
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 5 * second]);
});

it("a Retry-After past the deadline fails other calls immediately", async () => {
  respond = () => status(429, { "Retry-After": "60" });
  const { flagsmith, requests, clock } = createClient();
  await fail(flagsmith);
  await clock.advance(10 * second);
  expect(await fail(flagsmith)).toMatchObject({ status: 429, retryAfterMs: 50 * second });
  expect(clock.pending).toBe(0);
  expect(requests).toHaveLength(1);
  await clock.advance(50 * second);
  await fail(flagsmith);
  expect(requests).toHaveLength(2);
});

it("calls observe a Retry-After for at most five minutes", async () => {
  respond = () => status(503, { "Retry-After": "86400" });
  const { flagsmith, requests, clock } = createClient();
  await failFiveTimes(flagsmith);
  await clock.advance(270 * second);
  await fail(flagsmith);
  expect(requests).toHaveLength(1);
  await clock.advance(30 * second);
  await fail(flagsmith);
  expect(requests).toHaveLength(2);
});

const get = { method: "GET", url: "https://flags.example/", headers: {} } as const;
const timeout = { code: "API_TIMEOUT", message: "too slow" } as FlagsmithAPIError;

it("shows its state, and throws the last error", () => {
  const clock = new FakeClock();
  const circuit = new CircuitBreaker(clock, 10 * second);
  expect(circuit.state).toBe("closed");
  for (let call = 0; call < 5; call++) circuit.callFailed(timeout, circuit.enter(get));
  expect(circuit.state).toBe("open");
  expect(() => circuit.enter(get)).toThrow(timeout.message);
  clock.freeze(second);
  expect(circuit.enter(get)).toBe(true);
  expect(circuit.state).toBe("half-open");
  circuit.callSucceeded(1);
  expect(circuit.state).toBe("closed");
});

it("starts no timer for an extended Retry-After that is over after a stop of the process", async () => {
  const clock = new FakeClock();
  const waitsMs: number[] = [];
  const sleep: typeof clock.sleep = (ms, signal) => {
    waitsMs.push(ms);
    return clock.sleep(ms, signal);
  };
  const circuit = new CircuitBreaker({ ...clock, sleep }, 10 * second);
  const fail = () => circuit.attemptFailed({ ...timeout, retryAfterMs: 5 * second });
  fail();
  const paused = circuit.pause(get, { signal: undefined, deadlineAt: Number.POSITIVE_INFINITY });
  await clock.advance(second);
  fail();
  clock.freeze(20 * second);
  await clock.run(paused);
  expect(waitsMs).toEqual([5 * second]);
});

it("is half-open for as long as a probe may take", () => {
  const clock = new FakeClock();
  const circuit = new CircuitBreaker(clock, 10 * second);
  for (let call = 0; call < 5; call++) circuit.callFailed(timeout, false);
  clock.freeze(second);
  circuit.enter(get);
  clock.freeze(10 * second - 1);
  expect(circuit.state).toBe("half-open");
  clock.freeze(1);
  expect(circuit.state).toBe("open");
});

it("gives no retries while it is open", () => {
  const circuit = new CircuitBreaker(new FakeClock(), 10 * second);
  for (let call = 0; call < 4; call++) circuit.callFailed(timeout, false);
  expect(circuit.takeRetry()).toBe(true);
  circuit.callFailed(timeout, false);
  expect(circuit.takeRetry()).toBe(false);
});

it("does not wait for a Retry-After that ends at the deadline", async () => {
  const clock = new FakeClock();
  const circuit = new CircuitBreaker(clock, 10 * second);
  circuit.attemptFailed({ ...timeout, retryAfterMs: 5 * second });
  const deadlineAt = clock.monotonicNow() + 5 * second;
  await expect(circuit.pause(get, { signal: undefined, deadlineAt })).rejects.toThrow(
    timeout.message,
  );
  expect(clock.pending).toBe(0);
});

it("a call that waits for a Retry-After is not sent if the circuit opens meanwhile", async () => {
  respond = async (_request, count) => {
    if (count === 1) return status(503, { "Retry-After": "5" });
    await clock.sleep(3 * second);
    return status(503);
  };
  const { flagsmith, requests, clock } = createClient();
  const failing = [1, 2, 3, 4, 5].map(() => fail(flagsmith));
  await settle();
  const waiting = fail(flagsmith);
  await clock.run(Promise.all([...failing, waiting]));
  expect((await waiting).message).toContain("was not sent while the API is unavailable");
  expect(requests).toHaveLength(5);
});

it("a call that waits for a retry fails with its own error if the circuit opens", async () => {
  respond = (_request, count) => status(count === 1 ? 500 : 503);
  const shouldRetry = (failure: { readonly status?: number }) => failure.status === 500;
  const { flagsmith, requests, clock } = createClient({
    retries: { retries: 3, delay: () => second, shouldRetry },
  });
  const waiting = fail(flagsmith);
  await settle();
  await failFiveTimes(flagsmith);
  await clock.run(waiting);
  expect(await waiting).toMatchObject({ status: 500 });
  expect(requests).toHaveLength(6);
});

it("an older call that is aborted does not end the probe of another", async () => {
  respond = (request, count) => (count === 1 || count === 7 ? hang(request) : status(503));
  const { flagsmith, requests, clock } = createClient();
  const caller = new AbortController();
  const older = flagsmith.getEnvironmentFlags({ signal: caller.signal }).catch(() => "gone");
  await settle();
  await failFiveTimes(flagsmith);
  await clock.advance(second);
  const probe = fail(flagsmith);
  await settle();
  caller.abort();
  expect(await older).toBe("gone");
  expect((await fail(flagsmith)).message).toContain("was not sent");
  expect(requests).toHaveLength(7);
  await clock.run(probe);
});

it("a successful call earns retries for later ones", () => {
  const circuit = new CircuitBreaker(new FakeClock(), 10 * second);
  const countRetries = () => {
    let count = 0;
    while (circuit.takeRetry()) count++;
    return count;
  };
  expect(countRetries()).toBe(100);
  for (let call = 0; call < 10; call++) circuit.callSucceeded(1);
  expect(countRetries()).toBe(2);
  circuit.callSucceeded(2);
  expect(countRetries()).toBe(1);
});
