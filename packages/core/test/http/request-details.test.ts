import { describe, expect, it, vi } from "vitest";
import { FlagsmithAPIError } from "../../src/errors.ts";
import { CircuitBreaker } from "../../src/http/circuit-breaker.ts";
import { HttpClient } from "../../src/http/fetch.ts";
import { createSendRequest } from "../../src/http/request.ts";
import {
  apiFlag,
  apiUrl,
  catchError,
  client,
  cutBody,
  environmentKey,
  FakeClock,
  fakePlatform,
  json,
  recordingLogger,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

const second = 1000;
const get = { method: "GET", url: `${apiUrl}flags/?key=s3cr3t`, headers: {} } as const;

/** When attempts are sent if the first one fails with this response, in milliseconds. */
async function findAttempts(first: () => Response, delayMs: number): Promise<number[]> {
  const platform = fakePlatform((_request, count) => (count === 1 ? first() : json([])));
  const retries = { ...steadyPolicy(1, delayMs) };
  const flagsmith = client(platform, { retries, requestDeadlineSeconds: 3600 });
  await platform.clock.run(flagsmith.getEnvironmentFlags());
  return platform.requests.map(({ at }) => at);
}

it("waits for a Retry-After for at most five minutes, and as long as the policy says", async () => {
  const unavailable = { "Retry-After": "600" };
  expect(await findAttempts(() => status(503, unavailable), 0)).toEqual([0, 300 * second]);
  expect(await findAttempts(() => status(503), 400 * second)).toEqual([0, 400 * second]);
});

it("an error response whose body breaks off keeps its status and its Retry-After", async () => {
  const headers = { "Retry-After": "7" };
  for (const code of [400, 403, 429, 503]) {
    const platform = fakePlatform(() => cutBody({ status: code, headers }));
    const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
    expect(error).toMatchObject({ code: "API_STATUS", status: code, retryAfterMs: 7 * second });
  }
  expect(await findAttempts(() => cutBody({ status: 503, headers }), 0)).toEqual([0, 7 * second]);
});

it("announces each retry to the logger", async () => {
  const platform = fakePlatform((_request, count) => (count === 1 ? status(503) : json([])));
  const logger = recordingLogger();
  await platform.clock.run(client(platform, { logger }).getEnvironmentFlags());
  expect(logger.lines).toContain(
    `debug Retry 1 follows in 100 ms: GET ${apiUrl}flags/ failed with status 503.`,
  );
});

it("sends nothing after the deadline of a call", async () => {
  const platform = fakePlatform();
  const http = new HttpClient(platform.fetch, (text) => text, { maxResponseBytes: 1000 });
  const policy = { ...steadyPolicy(1, 0), timeoutMs: second, logger: recordingLogger() };
  const send = createSendRequest(http, platform.clock, policy as never);
  const call = { signal: undefined, deadlineAt: platform.clock.monotonicNow() };
  const error = await catchError(send({ ...get, read: () => [] }, call));
  expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_TIMEOUT" });
  expect(error.message).toBe(`GET ${apiUrl}flags/ was not sent: the call's deadline had passed.`);
  expect(platform.requests).toEqual([]);
});

it("the pause before a probe doubles from one second to ten", () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(0);
  const clock = new FakeClock();
  const circuit = new CircuitBreaker(clock, 100);
  const error = new FlagsmithAPIError("API_TIMEOUT", "too slow");
  for (let call = 0; call < 5; call++) circuit.callFailed(error, false);
  for (const pauseSeconds of [1, 2, 4, 8, 10, 10]) {
    clock.freeze(pauseSeconds * second - 1);
    expect(() => circuit.enter(get)).toThrow("was not sent");
    clock.freeze(1);
    expect(circuit.enter(get)).toBe(true);
    circuit.callFailed(error, true);
  }
  random.mockRestore();
});

it("names the application in headers", async () => {
  const platform = fakePlatform();
  await client(platform, {
    applicationMetadata: { name: "shop", version: "1.2" },
  }).getEnvironmentFlags();
  await client(platform, { applicationMetadata: { name: "shop" } }).getEnvironmentFlags();
  expect(platform.requests.map(({ headers }) => headers)).toEqual([
    expect.objectContaining({
      "flagsmith-application-name": "shop",
      "flagsmith-application-version": "1.2",
    }),
    expect.not.objectContaining({ "flagsmith-application-version": expect.anything() }),
  ]);
});

describe("a stream", () => {
  const { signal } = new AbortController();
  const redact = (text: string) => text.replaceAll("s3cr3t", "[redacted]");

  it("is opened without reading its body", async () => {
    const response = json([apiFlag("banner")]);
    const http = new HttpClient(async () => response, redact, { maxResponseBytes: 1 });
    expect(await (await http.open(get, signal)).text()).toContain("banner");
  });

  it("that cannot be opened fails with an error without secrets", async () => {
    const fetch = async () => {
      throw new Error("no s3cr3t");
    };
    const http = new HttpClient(fetch, redact, { maxResponseBytes: 1 });
    const error = await catchError(http.open(get, signal));
    expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_UNREACHABLE" });
    expect(error.message).toBe(`GET ${apiUrl}flags/ failed: no [redacted].`);
  });
});

it("lists the secrets of a request once for each error, and not without one", async () => {
  const error = Object.assign(new TypeError("failed", { cause: new Error("no s3cr3t") }), {
    code: "E",
  });
  const answers = [() => json([]), () => status(500), () => json({ a: "b" }, { status: 400 })];
  for (const [index, answer] of [...answers, () => Promise.reject(error)].entries()) {
    const { fetch, clock } = fakePlatform(answer);
    const http = new HttpClient(fetch, String, { maxResponseBytes: 1000 });
    const policy = { ...steadyPolicy(0, 0), timeoutMs: second, logger: recordingLogger() };
    const listSecrets = vi.fn(() => ["s3cr3t"]);
    const call = { signal: undefined, deadlineAt: Number.POSITIVE_INFINITY };
    const request = { ...get, listSecrets, read: () => [] };
    await createSendRequest(http, clock, policy as never)(request, call).catch(() => undefined);
    expect(listSecrets).toHaveBeenCalledTimes(index < 2 ? 0 : 1);
  }
});

it.each([
  ["an error", () => Object.assign(new Error(`no ${environmentKey}`), { name: "NotCapable" })],
  [
    "its cause",
    () =>
      new TypeError("failed", { cause: Object.assign(new Error("no"), { name: "NotCapable" }) }),
  ],
])("a request that the runtime does not permit fails once: %s", async (_name, createError) => {
  const platform = fakePlatform(
    () => {
      throw createError();
    },
    { isPermissionError: (error) => error instanceof Error && error.name === "NotCapable" },
  );
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error.code).toBe("PERMISSION_DENIED");
  expect(error.message).toMatch(/^GET \S+ is not permitted: no/);
  expect(platform.requests).toHaveLength(1);
});

const html = { "Content-Type": "text/html" };

it.each<[number, unknown, Record<string, string>, string]>([
  [401, undefined, {}, " failed with status 401: check environmentKey."],
  [403, undefined, {}, " failed with status 403: check environmentKey."],
  [403, undefined, html, " failed with status 403 (text/html)."],
  [404, undefined, {}, " failed with status 404: check apiUrl (…/api/v1/)."],
  [404, { detail: "Not found in the archive" }, {}, ": Not found in the archive."],
  [200, undefined, {}, " that is not Flagsmith's (200, no content type): check apiUrl."],
  [200, undefined, html, " that is not Flagsmith's (200, text/html): check apiUrl."],
])("advises after a %i with the body %j and the headers %j", async (code, body, headers, end) => {
  const text = body === undefined ? null : JSON.stringify(body);
  const platform = fakePlatform(() => new Response(text, { status: code, headers }));
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error.message.endsWith(end), error.message).toBe(true);
});

it("headers that a custom fetch adds are not sent again", async () => {
  const sent: Record<string, string>[] = [];
  const flagsmith = client(fakePlatform(), {
    fetch: async (_url, init) => {
      sent.push({ ...init.headers });
      init.headers["X-Attempt"] = String(sent.length);
      return json([apiFlag("banner")]);
    },
  });
  await flagsmith.getEnvironmentFlags();
  await flagsmith.getEnvironmentFlags();
  expect(sent).toHaveLength(2);
  for (const headers of sent) expect(headers).not.toHaveProperty("X-Attempt");
});
