import { inspect } from "node:util";
import { expect, it } from "vitest";
import type { FlagsmithAPIError } from "../../src/errors.ts";
import {
  apiFlag,
  apiUrl,
  catchError,
  client,
  environmentKey,
  fakePlatform,
  json,
  type Responder,
  recordingLogger,
  redirect,
  settle,
  status,
} from "../fake-platform.ts";
import { body, sdkHeaders, traits } from "./own-request.ts";

it("prefers the user's fetch to the platform's", async () => {
  const platform = fakePlatform();
  const mine = fakePlatform(() => json([apiFlag("banner")]));
  const flags = await client(platform, { fetch: mine.fetch }).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(platform.requests).toHaveLength(0);
  expect(mine.requests[0]?.headers).toEqual(sdkHeaders);
});

it.each([undefined, "a text", {}, { status: 200, json: async () => [] }, { status: 503 }])(
  "a response of a custom fetch without headers is a failed request (%j)",
  async (response) => {
    const { fetch } = fakePlatform(() => response as Response);
    const options = { fetch, retries: 0 };
    const error = await catchError(client(fakePlatform(), options).getEnvironmentFlags());
    expect(error.code).toBe("API_UNREACHABLE");
    expect(error.message).toBe(`GET ${apiUrl}flags/ failed: fetch returned no Response.`);
    const defaultFlagHandler = () => ({ enabled: true });
    const flagsmith = client(fakePlatform(), { ...options, defaultFlagHandler });
    expect((await flagsmith.getEnvironmentFlags()).source).toBe("default");
  },
);

it.each([301, 302, 307, 308])(
  "follows a %i within the origin with the same method, body and headers",
  async (code) => {
    const platform = fakePlatform((_request, count) =>
      count === 1
        ? redirect("https://flags.example/elsewhere/", code)
        : json({ flags: [apiFlag("banner")] }),
    );
    const flags = await client(platform, {
      customHeaders: { "X-Tenant": "a" },
    }).getIdentityFlags("user-42", traits);
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    const [first, second] = platform.requests;
    expect(second).toMatchObject({ method: "POST", url: "https://flags.example/elsewhere/", body });
    expect(second?.headers).toEqual(first?.headers);
    expect(second?.headers).toMatchObject({ "x-tenant": "a", "content-type": "application/json" });
    expect(platform.requests).toHaveLength(2);
  },
);

it.each([
  ["/other/flags/", "https://flags.example/other/flags/"],
  ["../v2/flags/?a=b", "https://flags.example/api/v1/v2/flags/?a=b"],
  ["//flags.example/x", "https://flags.example/x"],
  ["", "https://flags.example/api/v1/flags/"],
  ["?page=2", "https://flags.example/api/v1/flags/?page=2"],
  ["https://FLAGS.example:443/x", "https://flags.example/x"],
])("resolves the Location %j against the redirecting URL", async (location, expected) => {
  const platform = fakePlatform((_request, count) => (count === 1 ? redirect(location) : json([])));
  await client(platform).getEnvironmentFlags();
  expect(platform.requests[1]?.url).toBe(expected);
});

it("follows five redirects in a row", async () => {
  const platform = fakePlatform((_request, count) =>
    count <= 5 ? redirect(`step${count}/`) : json([apiFlag("banner")]),
  );
  const flags = await client(platform).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(platform.requests).toHaveLength(6);
  expect(platform.requests[5]?.url).toBe(`${apiUrl}flags/step1/step2/step3/step4/step5/`);
});

it("passes only init members that every runtime supports to fetch", async () => {
  const platform = fakePlatform((_request, count) => json(count === 1 ? [] : { flags: [] }));
  const flagsmith = client(platform);
  await flagsmith.getEnvironmentFlags();
  await flagsmith.getIdentityFlags("user");
  for (const { init } of platform.requests) {
    const given = Object.entries(init).filter(([, value]) => value !== undefined);
    const names = given.map(([name]) => name).filter((name) => name in new Request(apiUrl));
    expect(new Set([...names, "body"])).toEqual(
      new Set(["method", "headers", "signal", "redirect", "body"]),
    );
    expect(init.redirect).toBe("manual");
  }
});

it("does not read the body of a redirect, which may be endless", async () => {
  let chunks = 0;
  const endless = new ReadableStream({
    pull: (controller) => {
      chunks++;
      controller.enqueue(new Uint8Array(1000));
    },
  });
  const platform = fakePlatform((_request, count) =>
    count === 1
      ? new Response(endless, { status: 302, headers: { Location: "/here/" } })
      : json([apiFlag("banner")]),
  );
  await client(platform).getEnvironmentFlags();
  expect(platform.requests).toHaveLength(2);
  expect(chunks).toBeLessThan(5);
});

it("stops after five redirects, without a retry", async () => {
  const platform = fakePlatform(() => redirect("/api/v1/flags/"));
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_UNREACHABLE" });
  expect(error.message).toBe(
    `GET ${apiUrl}flags/ was redirected more than 5 times within https://flags.example.`,
  );
  await settle();
  expect(platform.requests).toHaveLength(6);
});

it.each([
  ["https://evil.example/flags/", "https://evil.example"],
  ["https://flags.example:8443/api/v1/flags/", "https://flags.example:8443"],
  ["https://flags.example.evil.example/", "https://flags.example.evil.example"],
  ["https://flags.example@evil.example/", "https://evil.example"],
  ["//evil.example/x", "https://evil.example"],
  ["\\\\evil.example\\x", "https://evil.example"],
  ["data:application/json,[]", "null"],
])("does not follow %s, and names both origins", async (location, origin) => {
  for (const code of [301, 302, 303, 307, 308]) {
    const platform = fakePlatform(() => redirect(location, code));
    const error = await catchError(client(platform).getEnvironmentFlags());
    expect(error).toMatchObject({ code: "API_UNREACHABLE", status: undefined });
    expect(error.message).toContain(`redirected from https://flags.example to ${origin};`);
    await settle();
    expect(platform.requests).toHaveLength(1);
  }
});

it("refuses another origin after a redirect within the origin", async () => {
  const platform = fakePlatform((_request, count) =>
    redirect(count === 1 ? "/here/" : "https://evil.example/"),
  );
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error.message).toContain("from https://flags.example to https://evil.example");
  expect(platform.requests.map(({ url }) => url)).toEqual([
    `${apiUrl}flags/`,
    "https://flags.example/here/",
  ]);
});

it("reports an invalid Location", async () => {
  const platform = fakePlatform(() => redirect("https://[nowhere/"));
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error.code).toBe("API_UNREACHABLE");
  expect(error.message).toContain("was redirected to an invalid URL");
  expect(platform.requests).toHaveLength(1);
});

it.each([301, 302, 307])("treats a %i without a Location as a failed response", async (code) => {
  const platform = fakePlatform(() => status(code));
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error).toMatchObject({ code: "API_STATUS", status: code });
  expect(platform.requests).toHaveLength(1);
});

it.each([300, 304, 305])("does not follow a %i with a Location", async (code) => {
  const platform = fakePlatform(
    () => new Response(null, { status: code, headers: { Location: "/x" } }),
  );
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error).toMatchObject({ code: "API_STATUS", status: code });
  expect(platform.requests).toHaveLength(1);
});

const headerSecret = 'he4der "quoted"\\';
const secrets = [environmentKey, headerSecret, "he4der", "user-42", "tr4it"];
const everything = `${environmentKey} / ${headerSecret} / ${body}`;

const leakyFetches: Record<string, (init: RequestInit) => unknown> = {
  "in its message": () => new Error(everything),
  "in its cause": () => new TypeError("fetch failed", { cause: new Error(everything) }),
  "as deep in its causes as they are copied": () =>
    [1, 2, 3, 4, 5, 6, 7].reduce((cause) => new Error("outer", { cause }), new Error(everything)),
  "in members of its own": (init) =>
    Object.assign(new Error("failed"), { init, headers: init.headers, body, everything }),
  "in its stack": () => Object.assign(new Error("failed"), { stack: everything }),
  "in its name and its code": () =>
    Object.assign(new Error("failed"), { name: everything, code: everything }),
  "as a thrown text": () => everything,
  "as a thrown object": (init) => ({ init, everything }),
  "as JSON": (init) =>
    new Error(
      `failed: ${JSON.stringify({ ...init, headers: Object.fromEntries(new Headers(init.headers)) })}`,
    ),
  "in an aggregate": () => new AggregateError([new Error(everything)], everything),
};

/** Everything that a program could print about an error. */
function everythingSaidBy(error: unknown): string {
  const chain: Error[] = [];
  for (let one = error; one instanceof Error; one = one.cause) chain.push(one);
  return [
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
    JSON.stringify(error),
    ...chain.flatMap((one) => [String(one), one.message, one.stack, one.name, inspect(one)]),
    ...chain.flatMap((one) => Object.values(one).map(String)),
  ].join("\n");
}

for (const [name, thrown] of Object.entries(leakyFetches)) {
  it(`redacts key, headers, identifier and traits ${name}`, async () => {
    const platform = fakePlatform(({ init }) => {
      throw thrown(init);
    });
    const logger = recordingLogger();
    const options = { retries: 0, customHeaders: { "X-Secret": headerSecret }, logger };
    const error = await catchError(client(platform, options).getIdentityFlags("user-42", traits));
    expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_UNREACHABLE" });
    const said = everythingSaidBy(error);
    expect(said).toContain(`POST ${apiUrl}identities/ failed`);

    const withDefaults = { ...options, defaultFlagHandler: () => ({ enabled: false }) };
    await client(platform, withDefaults).getIdentityFlags("user-42", traits);
    const logged = logger.warnings.join("\n");
    expect(logged).toContain("Serving default flags");
    for (const secret of secrets) {
      expect(said).not.toContain(secret);
      expect(logged).not.toContain(secret);
    }
  });
}

it("does not quote the response body in an error", async () => {
  for (const answer of [
    () => new Response("s3cr3t", { status: 500 }),
    () => new Response("s3cr3t"),
    () => redirect("https://user:s3cr3t@evil.example/s3cr3t?s3cr3t"),
  ]) {
    const error = await catchError(
      client(fakePlatform(answer), { retries: 0 }).getEnvironmentFlags(),
    );
    expect(everythingSaidBy(error)).not.toContain("s3cr3t");
  }
});

it("redacts a key in the URL of a redirect", async () => {
  const platform = fakePlatform((_request, count) => {
    if (count === 1) return redirect(`/login?key=${environmentKey}`);
    throw new Error("reset");
  });
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(everythingSaidBy(error)).not.toContain(environmentKey);
});

it("reports the innermost message of a failed connection", async () => {
  const platform = fakePlatform(() => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:9"), {
      code: "ECONNREFUSED",
    });
    throw new TypeError("fetch failed", { cause });
  });
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error.message).toBe(`GET ${apiUrl}flags/ failed: connect ECONNREFUSED 127.0.0.1:9.`);
  expect(error.cause).toMatchObject({
    name: "TypeError",
    message: "fetch failed",
    cause: { code: "ECONNREFUSED" },
  });
});

it("reports the code of a failed connection without a message", async () => {
  const platform = fakePlatform(() => {
    const cause = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });
    throw new TypeError("fetch failed", { cause });
  });
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error.message).toBe(`GET ${apiUrl}flags/ failed: ECONNREFUSED.`);
});

it.each([
  ["Network connection lost.", "Network connection lost."],
  [
    "SSL routines:wrong version number:ssl3_record.c:350:\n",
    "SSL routines:wrong version number:ssl3_record.c:350:.",
  ],
])("ends the reason of a runtime with one full stop (%j)", async (message, reason) => {
  const platform = fakePlatform(() => {
    throw new TypeError("fetch failed", { cause: new Error(message) });
  });
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error.message).toBe(`GET ${apiUrl}flags/ failed: ${reason}`);
});

it("reports the name of an error without a message and a code", async () => {
  const platform = fakePlatform(() => {
    throw new RangeError();
  });
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error.message).toBe(`GET ${apiUrl}flags/ failed: RangeError.`);
});

it("reports that a fetch without a reason may have refused a status of 407", async () => {
  const platform = fakePlatform(() => {
    throw new TypeError("fetch failed", { cause: new Error("") });
  });
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error.message).toBe(`GET ${apiUrl}flags/ failed: perhaps with status 407.`);
});

const strange: Record<string, Responder> = {
  "an object without a prototype": () => {
    throw Object.create(null);
  },
  "an error called FetchError, as other fetch libraries throw it": () => {
    throw Object.assign(new Error("socket hang up"), { name: "FetchError" });
  },
  "nothing at all": () => {
    throw undefined;
  },
  "a body that breaks off": () =>
    new Response(new ReadableStream({ pull: (stream) => stream.error(new Error("terminated")) })),
  "a body that breaks off with an error called FetchError": () =>
    new Response(
      new ReadableStream({
        pull: (stream) =>
          stream.error(Object.assign(new Error("socket hang up"), { name: "FetchError" })),
      }),
    ),
  "something else than a response": () => undefined as unknown as Response,
};

for (const [name, answer] of Object.entries(strange)) {
  it(`reports ${name} as API_UNREACHABLE, and retries`, async () => {
    const platform = fakePlatform((request, count) =>
      count < 3 ? answer(request, count) : json([apiFlag("banner")]),
    );
    const flags = await platform.clock.run(client(platform).getEnvironmentFlags());
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    expect(platform.requests).toHaveLength(3);

    const failing = fakePlatform(answer);
    const error = await catchError(client(failing, { retries: 0 }).getEnvironmentFlags());
    expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_UNREACHABLE" });
    expect((error as FlagsmithAPIError).status).toBeUndefined();
  });
}

it.each(["socket hang up", "terminated"])(
  "reports the reason %j of an incomplete body",
  async (reason) => {
    const name = reason === "terminated" ? "TypeError" : "FetchError";
    const platform = fakePlatform(
      () =>
        new Response(
          new ReadableStream({
            pull: (stream) => stream.error(Object.assign(new Error(reason), { name })),
          }),
        ),
    );
    const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
    expect(error.message).toContain(`GET ${apiUrl}flags/ failed: `);
    expect(error.message).toContain(`${reason}.`);
  },
);

it("reports PERMISSION_DENIED with its cause, without a retry", async () => {
  const denied = Object.assign(new Error(`Requires net access, ${environmentKey}`), {
    name: "NotCapable",
  });
  const isPermissionError = (error: unknown) => error === denied;
  const platform = fakePlatform(
    () => {
      throw denied;
    },
    { isPermissionError },
  );
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error).toMatchObject({
    name: "FlagsmithAPIError",
    code: "PERMISSION_DENIED",
    status: undefined,
    cause: { name: "NotCapable", message: "Requires net access, [redacted]" },
  });
  expect(everythingSaidBy(error)).not.toContain(environmentKey);
  await settle();
  expect(platform.requests).toHaveLength(1);
  expect(platform.clock.pending).toBe(0);
});
