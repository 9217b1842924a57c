import { expect, it } from "vitest";
import type { RequestFailure } from "../../src/platform/retry-policy.ts";
import {
  abortableBody,
  allowNoUnhandledRejection,
  apiFlag,
  apiUrl,
  catchError,
  client,
  endlessBody,
  fakePlatform,
  hang,
  hangDeaf,
  json,
  type Responder,
  reset,
  type SeenRequest,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { failing } from "./failing-platform.ts";

allowNoUnhandledRejection();

const seconds = 1000;

it.each([408, 425, 429, 500, 502, 503, 504])(
  "retries a %i after the policy's wait",
  async (code) => {
    const platform = failing(
      () => status(code),
      () => status(code),
    );
    const { clock, requests } = platform;
    const flags = await clock.run(client(platform).getEnvironmentFlags());
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    expect(requests.map(({ at }) => at)).toEqual([0, 100, 200]);
    expect(clock.pending).toBe(0);
  },
);

it.each([400, 401, 403, 404, 405, 409, 410, 415, 422])("does not retry a %i", async (code) => {
  const platform = fakePlatform(() => status(code));
  const error = await catchError(platform.clock.run(client(platform).getEnvironmentFlags()));
  expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_STATUS", status: code });
  expect(platform.requests).toHaveLength(1);
  expect(platform.clock.pending).toBe(0);
});

it("retries a failed connection, for GET and POST", async () => {
  const platform = fakePlatform((_request, count) =>
    count < 3 ? reset() : json({ flags: [apiFlag("banner")] }),
  );
  const call = client(platform).getIdentityFlags("user", { plan: "gold" });
  expect((await platform.clock.run(call)).isFeatureEnabled("banner")).toBe(true);
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 100, 200]);
  expect(new Set(platform.requests.map(({ body }) => body)).size).toBe(1);
});

it("throws the last attempt's error after the policy's retries", async () => {
  const platform = failing(
    reset,
    () => status(503),
    () => status(502),
    () => status(500),
  );
  const error = await catchError(platform.clock.run(client(platform).getEnvironmentFlags()));
  expect(error).toMatchObject({ code: "API_STATUS", status: 500 });
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 100, 200, 300]);
});

it.each([0, 1, 5])(
  "accepts %i as the number of retries, with the platform's waits",
  async (retries) => {
    const platform = fakePlatform(() => status(503));
    await catchError(platform.clock.run(client(platform, { retries }).getEnvironmentFlags()));
    expect(platform.requests.map(({ at }) => at)).toEqual(
      Array.from({ length: retries + 1 }, (_, index) => index * 100),
    );
  },
);

it("calls a custom policy as an object with state", async () => {
  class Policy {
    readonly retries = 5;
    readonly #calls: unknown[] = [];
    get calls() {
      return this.#calls;
    }
    delay(attempt: number) {
      this.#calls.push(attempt);
      return attempt * 250;
    }
    shouldRetry(failure: RequestFailure) {
      this.#calls.push(failure);
      return failure.attempt < 4;
    }
  }
  const teapot = () => status(418);
  const platform = failing(teapot, reset, hang, teapot);
  const policy = new Policy();
  const options = { retries: policy, requestTimeoutSeconds: 2, requestDeadlineSeconds: 60 };
  const error = await catchError(
    platform.clock.run(client(platform, options).getEnvironmentFlags()),
  );
  expect(error).toMatchObject({ code: "API_STATUS", status: 418 });
  expect(policy.calls).toEqual([
    { kind: "status", status: 418, attempt: 1 },
    1,
    { kind: "network", status: undefined, attempt: 2 },
    2,
    { kind: "timeout", status: undefined, attempt: 3 },
    3,
    { kind: "status", status: 418, attempt: 4 },
  ]);
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 250, 750, 3500]);
});

it.each([
  [
    "throws in shouldRetry",
    {
      shouldRetry: () => {
        throw new Error("mine");
      },
    },
  ],
  [
    "throws in delay",
    {
      delay: () => {
        throw new Error("mine");
      },
    },
  ],
])("throws the request's failure if the custom policy %s", async (_name, broken) => {
  const platform = fakePlatform(() => status(503));
  const retries = { ...steadyPolicy(3, 100), ...broken };
  const error = await catchError(
    platform.clock.run(client(platform, { retries }).getEnvironmentFlags()),
  );
  expect(error).toMatchObject({ code: "API_STATUS", status: 503 });
  expect(platform.requests).toHaveLength(1);
});

it.each([Number.NaN, -1, -Infinity, undefined, null, "soon", {}])(
  "does not wait if the custom policy returns %s, and counts its retries",
  async (delay) => {
    const platform = fakePlatform(() => status(503));
    const retries = { ...steadyPolicy(2, 0), delay: () => delay as number };
    const error = await catchError(
      platform.clock.run(client(platform, { retries }).getEnvironmentFlags()),
    );
    expect(error).toMatchObject({ code: "API_STATUS", status: 503 });
    expect(platform.requests.map(({ at }) => at)).toEqual([0, 0, 0]);
  },
);

it("a custom policy of asynchronous functions retries without a wait, and its rejections are handled", async () => {
  const platform = fakePlatform(() => status(503));
  const fails = (): never => Promise.reject(new Error("mine")) as never;
  const retries = { retries: 2, delay: fails, shouldRetry: fails };
  const error = await catchError(
    platform.clock.run(client(platform, { retries }).getEnvironmentFlags()),
  );
  expect(error).toMatchObject({ code: "API_STATUS", status: 503 });
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 0, 0]);
});

it.each([Infinity, 20 * seconds, Number.MAX_VALUE])(
  "fails immediately if the custom policy waits %d ms, past the deadline",
  async (delay) => {
    const platform = fakePlatform(() => status(503));
    const retries = steadyPolicy(3, delay);
    const error = await catchError(client(platform, { retries }).getEnvironmentFlags());
    expect(error).toMatchObject({ status: 503 });
    expect(platform.clock.pending).toBe(0);
  },
);

it.each([
  ["0", [0, 0]],
  ["2", [0, 2 * seconds]],
  ["1.5", [0, 1.5 * seconds]],
  ["19", [0, 19 * seconds]],
  ["Thu, 01 Jan 2026 00:00:07 GMT", [0, 7 * seconds]],
  ["Wed, 31 Dec 2025 23:00:00 GMT", [0, 0]],
  ["soon", [0, 100]],
  ["-5", [0, 100]],
  ["", [0, 100]],
])("prefers Retry-After %j to the policy's wait", async (retryAfter, times) => {
  for (const code of [429, 503]) {
    const platform = failing(() => status(code, { "Retry-After": retryAfter }));
    const flags = await platform.clock.run(client(platform).getEnvironmentFlags());
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    expect(platform.requests.map(({ at }) => at)).toEqual(times);
  }
});

it("compares a Retry-After date with the response's Date", async () => {
  const platform = failing(() =>
    status(503, {
      "Retry-After": "Fri, 01 Jan 2027 00:00:04 GMT",
      Date: "Fri, 01 Jan 2027 00:00:00 GMT",
    }),
  );
  await platform.clock.run(client(platform).getEnvironmentFlags());
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 4 * seconds]);
});

it.each(["3600", "20", "Thu, 01 Jan 2026 01:00:00 GMT", "9".repeat(400)])(
  "fails immediately for Retry-After %s, past the deadline",
  async (retryAfter) => {
    const platform = failing(() => status(429, { "Retry-After": retryAfter }));
    const error = await catchError(client(platform).getEnvironmentFlags());
    expect(error).toMatchObject({ code: "API_STATUS", status: 429 });
    expect(platform.clock.pending).toBe(0);
    expect(platform.requests).toHaveLength(1);
  },
);

it("does not let Retry-After cause a retry that the policy rejects", async () => {
  const platform = failing(() => status(404, { "Retry-After": "0" }));
  const error = await catchError(platform.clock.run(client(platform).getEnvironmentFlags()));
  expect(error).toMatchObject({ status: 404 });
  expect(platform.requests).toHaveLength(1);
});

it.each([
  ["a connection that hangs", hang],
  ["a fetch that hangs and ignores its signal", hangDeaf],
  ["a body that never ends", endlessBody],
])("ends %s at the attempt's timeout, and the retry has its own", async (_name, answer) => {
  const platform = failing(answer, answer);
  const options = { requestTimeoutSeconds: 2, requestDeadlineSeconds: 60 };
  const flags = await platform.clock.run(client(platform, options).getEnvironmentFlags());
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 2100, 4200]);
  // The third ended without an abort.
  expect(platform.requests.map(({ signal }) => signal?.aborted)).toEqual([true, true, false]);
  expect(platform.clock.pending).toBe(0);
});

it.each([
  ["a connection that hangs", hang],
  ["a fetch that ignores its signal", hangDeaf],
  ["a body that never ends", endlessBody],
  ["an error whose body never ends", (request: SeenRequest) => abortableBody(request, 403)],
])("reports %s as API_TIMEOUT at the timeout", async (_name, answer) => {
  const platform = fakePlatform(answer);
  const { clock } = platform;
  const options = { requestTimeoutSeconds: 1.5, retries: 0 };
  const startedAt = clock.now();
  const error = await catchError(clock.run(client(platform, options).getEnvironmentFlags()));
  expect(error).toMatchObject({
    name: "FlagsmithAPIError",
    code: "API_TIMEOUT",
    status: undefined,
  });
  expect(error.message).toBe(`GET ${apiUrl}flags/ timed out after 1.5 s (requestTimeoutSeconds).`);
  expect(clock.now() - startedAt).toBe(1500);
  expect(clock.pending).toBe(0);
});

it("only a retry after a timeout needs a new connection", async () => {
  const moved: Responder = () =>
    new Response(null, { status: 303, headers: { Location: "?moved" } });
  const platform = failing(
    () => status(503),
    reset,
    hang,
    moved,
    () => status(503),
  );
  const options = { requestTimeoutSeconds: 1, requestDeadlineSeconds: 60, retries: 4 };
  await platform.clock.run(client(platform, options).getEnvironmentFlags());
  expect(platform.requests.map(({ init }) => init.keepalive)).toEqual([
    undefined,
    undefined,
    undefined,
    false,
    false,
    false,
  ]);
});

it("the call after one that has timed out needs a new connection", async () => {
  const platform = failing(hang, hang, hang, () => status(503));
  const flagsmith = client(platform, { requestTimeoutSeconds: 1, retries: 0 });
  for (let i = 0; i < 6; i++) {
    await platform.clock.run(flagsmith.getEnvironmentFlags().catch(() => undefined));
  }
  // A new connection that is too slow is used again.
  const expected = [undefined, false, undefined, false, undefined, undefined];
  expect(platform.requests.map(({ init }) => init.keepalive)).toEqual(expected);
});

it("only a response ends the search for a new connection", async () => {
  const refuse = () => {
    throw new TypeError("no connection");
  };
  const platform = failing(hang, refuse, () => status(503));
  const flagsmith = client(platform, { requestTimeoutSeconds: 1, retries: 0 });
  for (let i = 0; i < 4; i++) {
    await platform.clock.run(flagsmith.getEnvironmentFlags().catch(() => undefined));
  }
  const expected = [undefined, false, false, undefined];
  expect(platform.requests.map(({ init }) => init.keepalive)).toEqual(expected);
});

it("a report after one that has timed out needs a new connection", async () => {
  const platform = failing(() => json([apiFlag("banner")]), hang);
  const options = { requestTimeoutSeconds: 1, enableAnalytics: true };
  const flagsmith = client(platform, options);
  const flags = await platform.clock.run(flagsmith.getEnvironmentFlags());
  flags.isFeatureEnabled("banner");
  for (let i = 0; i < 2; i++) await platform.clock.run(flagsmith.flush());
  const inits = platform.requests.slice(1).map(({ init }) => init);
  expect(inits.map(({ keepalive }) => keepalive)).toEqual([undefined, false]);
  // Next.js still sends it outside of a render.
  expect(inits[1]).toHaveProperty("next", { internal: true });
  await flagsmith.close();
});

it("accepts a slow response before the timeout", async () => {
  const platform = fakePlatform(async () => {
    await platform.clock.sleep(1999);
    return json([apiFlag("banner")]);
  });
  const options = { requestTimeoutSeconds: 2, retries: 0 };
  const flags = await platform.clock.run(client(platform, options).getEnvironmentFlags());
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(platform.clock.pending).toBe(0);
});

it("counts redirects into the attempt's timeout", async () => {
  const platform = fakePlatform(async (_request, count) => {
    await platform.clock.sleep(600);
    return count < 3 ? status(302, { Location: `/step${count}` }) : json([]);
  });
  const options = { requestTimeoutSeconds: 1, retries: 0 };
  const error = await catchError(
    platform.clock.run(client(platform, options).getEnvironmentFlags()),
  );
  expect(error.code).toBe("API_TIMEOUT");
  await platform.clock.advance(10 * seconds);
});

it("ends a call at the deadline: 20 s by default, not 43 s", async () => {
  const platform = fakePlatform(hang);
  const { clock, requests } = platform;
  const startedAt = clock.now();
  const call = client(platform, { retries: steadyPolicy(20, 1000) }).getEnvironmentFlags();
  const error = await catchError(clock.run(call));
  expect(error.code).toBe("API_TIMEOUT");
  expect(clock.now() - startedAt).toBe(20 * seconds);
  expect(requests.map(({ at }) => at)).toEqual([0, 11 * seconds]);
  expect(error.message).toContain("timed out after 20 s (requestDeadlineSeconds)");
  expect(clock.pending).toBe(0);
});

it.each([
  [{ requestDeadlineSeconds: 3 }, 3000, [0]],
  [{ requestTimeoutSeconds: 1 }, 2000, [0, 1100]],
  [{ requestTimeoutSeconds: 1, requestDeadlineSeconds: 3.5 }, 3500, [0, 1100, 2200, 3300]],
])("lets the deadline of %j end the retries", async (options, endsAt, times) => {
  const platform = fakePlatform(hangDeaf);
  const { clock, requests } = platform;
  const startedAt = clock.now();
  const error = await catchError(
    clock.run(client(platform, { ...options, retries: 20 }).getEnvironmentFlags()),
  );
  expect(error.code).toBe("API_TIMEOUT");
  expect(clock.now() - startedAt).toBe(endsAt);
  expect(requests.map(({ at }) => at)).toEqual(times);
});

it("starts no attempt at the deadline or after it", async () => {
  const platform = fakePlatform(() => status(503));
  const options = { requestDeadlineSeconds: 0.3, retries: 20 };
  const error = await catchError(
    platform.clock.run(client(platform, options).getEnvironmentFlags()),
  );
  expect(error).toMatchObject({ status: 503 });
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 100, 200]);
});

const _reason = new Error("the user has gone");

it("an attempt that fails after its timeout is no unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on("unhandledRejection", note);
  try {
    const late: ((error: Error) => void)[] = [];
    const platform = fakePlatform(() => new Promise((_resolve, reject) => void late.push(reject)));
    const options = { requestTimeoutSeconds: 1, retries: 1 };
    await catchError(platform.clock.run(client(platform, options).getEnvironmentFlags()));
    for (const fail of late) fail(new Error("too late"));
    await settle();
    expect(late).toHaveLength(2);
    expect(unhandled).toEqual([]);
  } finally {
    process.off("unhandledRejection", note);
  }
});

it("completes a custom policy with the platform's", async () => {
  const platform = fakePlatform((_request, count) => status(count < 3 ? 503 : 404));
  const options = { retries: { retries: 5, delay: () => 7 } };
  await catchError(platform.clock.run(client(platform, options).getEnvironmentFlags()));
  // The 404 is not retried.
  expect(platform.requests.map(({ at }) => at)).toEqual([0, 7, 14]);
});
