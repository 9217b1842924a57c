import { afterEach, expect, it, vi } from "vitest";
import { FlagsmithClientError } from "../../src/errors.ts";
import { Flagsmith } from "../../src/flagsmith.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { parseOptions } from "../../src/options/parse-options.ts";
import { environmentKey, fakePlatform, modulesFor } from "../fake-platform.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

const secret = "s3cr3t";

function parse(options: object) {
  return parseOptions({ environmentKey, ...options } as FlagsmithOptions);
}

function readMessage(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    if (error instanceof FlagsmithClientError && error.code === "INVALID_OPTIONS") {
      return error.message;
    }
    throw error;
  }
  return expect.unreachable("The options should have been rejected.");
}

const invalidValues: Readonly<Record<keyof FlagsmithOptions, readonly unknown[]>> = {
  environmentKey: [
    undefined,
    null,
    42,
    {},
    "",
    " ",
    `${secret}\n`,
    `${secret}\r\nX-Other: 1`,
    `${secret}\t`,
    ` ${secret}`,
    `${secret} `,
    `${secret} x`,
    `${secret}é`,
    `${secret}日`,
    `${secret}\0`,
    `${secret}\x7f`,
    `${secret}\ud83d`,
  ],
  enableLocalEvaluation: [null, "yes", 1, 0, {}],
  environmentRefreshIntervalSeconds: [null, "60", -1, -0, Number.NaN, Infinity, 86_401, 10n],
  onEnvironmentChange: [null, {}, "log"],
  onStatusChange: [null, {}, "log"],
  storageCheckIntervalSeconds: [null, "30", -1, -0, Number.NaN, Infinity, 86_401],
  onFailure: [null, true, "", "ignore"],
  waitUntil: [null, {}, "ctx", { waitUntil: () => 1 }],
  bootstrap: [],
  compareWithRemote: [{ start: 1 }, { sampleRate: 1 }, 1, null],
  changes: [null, {}, "redis", { subscribe: 1 }, { publish: () => 1 }],
  storage: [null, {}, "storage", { getItem: 1 }, { setItem: () => 1 }, () => 1],
  offlineMode: [null, "yes", 1, {}],
  offlineHandler: [null, {}, "file.json", { getEnvironment: {} }, () => ({})],
  apiUrl: [
    null,
    42,
    new URL(`https://${secret}.example/`),
    [`https://${secret}.example/`],
    "",
    secret,
    `/api/${secret}`,
    `ftp://${secret}.example/`,
    "data:text/plain,x",
    `https://${secret}@flags.example/`,
    `https://user:${secret}@flags.example/`,
    `https://flags.example/?key=${secret}`,
    "https://flags.example/api/v1/?",
    "https://flags.example/api/v1/#",
    `https://flags.example/#${secret}`,
    "https://flags.example/api/v1/ ",
    " https://flags.example/api/v1/",
    "https://flags.example/api/v1/\n",
  ],
  requestTimeoutSeconds: [null, "10", 0, -1, -0, Number.NaN, Infinity, -Infinity, 86_401, 10n],
  requestDeadlineSeconds: [null, "10", 0, -1, Number.NaN, Infinity, 172_801, 2 ** 31],
  retries: [
    null,
    "3",
    -1,
    21,
    1.5,
    Number.NaN,
    Infinity,
    {},
    { retries: -1, delay: () => 0, shouldRetry: () => true },
    { retries: 3, delay: 100, shouldRetry: () => true },
    { retries: 3, delay: () => 0, shouldRetry: true },
    () => 3,
  ],
  requestRetryDelayMilliseconds: [null, "100", -1, Number.NaN, Infinity, 86_400_001],
  customHeaders: [
    null,
    "X-Tenant: a",
    [["X-Tenant", secret]],
    new Map([["X-Tenant", secret]]),
    new Headers({ "X-Tenant": secret }),
    { "X-Tenant": `${secret}\n` },
    { "X-Tenant": `${secret}\r\nX-Other: 1` },
    { "X-Tenant": `${secret}\0` },
    { "X-Tenant": `${secret}\x7f` },
    { "X-Tenant": `${secret}日` },
    { "X-Tenant": `${secret}\u0100` },
    { "X-Tenant": 42 },
    { "X-Tenant": undefined },
    { "": secret },
    { "X Tenant": secret },
    { "X-Tenant:": secret },
    { "X-Tenänt": secret },
    { "X-Tenant\n": secret },
  ],
  applicationMetadata: [
    null,
    "shop",
    {},
    { version: "1.0" },
    { name: 42 },
    { name: `${secret}\n` },
    { name: `${secret}日` },
    { name: "shop", version: `${secret}\r\n` },
    { name: "shop", version: 1 },
    { name: "shop", build: secret },
  ],
  defaultFlagHandler: [null, {}, "flag"],
  circuitBreaker: [null, "yes", 1, {}],
  maxResponseBytes: [null, "8", 0, -1, 1.5, Number.POSITIVE_INFINITY],
  maxDocumentBytes: [null, "8", 0, -1, 1.5, Number.NaN],
  strictTraits: [null, "yes", 1, {}],
  enableAnalytics: [null, "yes", 1, {}],
  analyticsUrl: [null, "", secret, `https://flags.example/?key=${secret}`],
  enableEvents: [null, "yes", 1, {}],
  eventProcessorConfig: [null, secret, 5, { eventsApiUrl: secret }, { eventsApiUrl: null }],
  eventsApiUrl: [null, "", secret, `wss://${secret}.example/`],
  enableRealtimeUpdates: [null, "yes", 1, {}],
  realtimeApiUrl: [null, "", secret, `https://${secret}@flags.example/`],
  realtimeTimeoutSeconds: [null, "90", 0, -1, Number.NaN, 86_401],
  onFlagEvaluated: [null, {}, "log"],
  cache: [null, {}, "cache", { get: () => 1 }, { set: () => 1 }, { get: 1, set: 1 }],
  logLevel: [null, "", "WARN", "trace", 1, true, "warning"],
  logger: [null, "console", {}, { warn: () => 1 }, { error: () => 1 }],
  fetch: [null, {}, "fetch"],
};

for (const [option, values] of Object.entries(invalidValues)) {
  it.each(values.map((value, index) => [index, value] as const))(
    `rejects an invalid ${option} without quoting it (%#)`,
    (_index, value) => {
      const message = readMessage(() => parse({ [option]: value }));
      expect(message).toMatch(new RegExp(`^Option ${option} `));
      expect(message).not.toContain(secret);
      expect(message).toMatch(/\.$/);
    },
  );
}

it("rejects a missing environment key", () => {
  expect(readMessage(() => parseOptions({} as FlagsmithOptions))).toBe(
    "Option environmentKey is required: see SDK Keys in Flagsmith.",
  );
});

it.each([undefined, null, 42, environmentKey])(
  "rejects options that are not an object (%#)",
  (value) => {
    const message = readMessage(() => parseOptions(value as unknown as FlagsmithOptions));
    expect(message).toBe("The options must be an object.");
  },
);

it.each(["apiKey", "constructor", "__proto__x", "hasOwnProperty"])(
  "rejects the unknown option %s",
  (name) => {
    expect(readMessage(() => parse({ [name]: secret }))).toBe(`Unknown option "${name}".`);
  },
);

it.each([
  ["apiURL", "apiUrl"],
  ["environmentID", "environmentKey"],
  ["enviromentKey", "environmentKey"],
  ["enviornmentKey", "environmentKey"],
  ["requestTimeout", "requestTimeoutSeconds"],
  ["enableLocalEvaluations", "enableLocalEvaluation"],
])("suggests a known option for %s: %s", (name, known) => {
  expect(readMessage(() => parse({ [name]: secret }))).toBe(
    `Unknown option "${name}". Did you mean "${known}"?`,
  );
});

it.each([
  "Accept",
  "accept-charset",
  "Accept-Encoding",
  "connection",
  "CONTENT-LENGTH",
  "Content-Type",
  "expect",
  "Flagsmith-Application-Name",
  "Flagsmith-Application-Version",
  "Flagsmith-SDK-User-Agent",
  "Host",
  "If-Modified-Since",
  "keep-alive",
  "TE",
  "trailer",
  "transfer-encoding",
  "Upgrade",
  "user-agent",
  "X-Environment-Key",
  "x-environment-key",
])("rejects the reserved header %s in customHeaders", (name) => {
  const message = readMessage(() => parse({ customHeaders: { [name]: secret } }));
  expect(message).toBe("Option customHeaders must not set a header that is reserved for the SDK.");
});

it.each([
  [[["X-Tenant", secret]], "must be an object of header values"],
  [{ "X Tenant": secret }, "must have HTTP header names"],
  [{ "X-Tenant": `${secret}\n` }, "must have values of Latin-1 text, without line breaks"],
  [{ "X-Tenant": undefined }, "must have values of Latin-1 text, without line breaks"],
])("says why customHeaders are rejected (%#)", (customHeaders, problem) => {
  expect(readMessage(() => parse({ customHeaders }))).toBe(`Option customHeaders ${problem}.`);
});

it("a later change to customHeaders has no effect", () => {
  const customHeaders: Record<string, string> = { "X-Tenant": "one" };
  const options = parse({ customHeaders });
  customHeaders["X-Tenant"] = "two";
  expect(options.customHeaders).toEqual({ "X-Tenant": "one" });
});

it("accepts any HTTP header value in customHeaders", () => {
  const customHeaders = { "X-Tenant": "a\tb ~ü", Cookie: "", "x-!#$%&'*+.^_`|~": " spaced " };
  expect(parse({ customHeaders }).customHeaders).toEqual(customHeaders);
});

it("adds the defaults", () => {
  expect(parse({})).toMatchObject({
    environmentKey,
    apiUrl: "https://edge.api.flagsmith.com/api/v1/",
    requestTimeoutMs: 10_000,
    requestDeadlineMs: 20_000,
    environmentRefreshIntervalMs: 60_000,
    safetyPollIntervalMs: 300_000,
    storageCheckIntervalMs: 30_000,
    enableLocalEvaluation: false,
    offlineMode: false,
    customHeaders: {},
    circuitBreaker: true,
    maxResponseBytes: 8_000_000,
    maxDocumentBytes: 64_000_000,
    strictTraits: false,
    enableAnalytics: false,
    analyticsUrl: "https://edge.api.flagsmith.com/api/v1/analytics/flags/",
    enableEvents: false,
    eventsApiUrl: "https://events.api.flagsmith.com/",
    enableRealtimeUpdates: false,
    realtimeApiUrl: "https://realtime.flagsmith.com/",
    realtimeTimeoutMs: 90_000,
  });
});

it("uses the default if an option is undefined", () => {
  const names = Object.keys(invalidValues).filter((name) => name !== "environmentKey");
  const options = Object.fromEntries([...names, "agent"].map((name) => [name, undefined]));
  expect(parse(options)).toEqual(parse({}));
  expect(parse({ applicationMetadata: { name: "shop", version: undefined } })).toMatchObject({
    applicationMetadata: { name: "shop" },
  });
});

it.each([
  ["https://flags.example", "https://flags.example/"],
  ["https://flags.example/api/v1", "https://flags.example/api/v1/"],
  ["http://localhost:8000/api/v1/", "http://localhost:8000/api/v1/"],
  ["http://[::1]:8000/proxy", "http://[::1]:8000/proxy/"],
])("adds a trailing slash to apiUrl %s", (apiUrl, expected) => {
  expect(parse({ apiUrl }).apiUrl).toBe(expected);
});

it("URLs need no URL.canParse, which older versions of jsdom do not have", () => {
  vi.stubGlobal("URL", Object.assign(class extends URL {}, { canParse: undefined }));
  expect(parse({ apiUrl: "https://flags.example/" }).apiUrl).toBe("https://flags.example/");
  expect(() => parse({ apiUrl: "https://" })).toThrow("apiUrl");
});

it("the default deadline is twice the timeout", () => {
  expect(parse({ requestTimeoutSeconds: 0.25 })).toMatchObject({
    requestTimeoutMs: 250,
    requestDeadlineMs: 500,
  });
  expect(parse({ requestTimeoutSeconds: 3, requestDeadlineSeconds: 1 })).toMatchObject({
    requestTimeoutMs: 3000,
    requestDeadlineMs: 1000,
  });
});

it("the maximum deadline fits into a timer", () => {
  const { requestTimeoutMs } = parse({ requestTimeoutSeconds: 86_400 });
  const { requestDeadlineMs } = parse({ requestDeadlineSeconds: 172_800 });
  expect(requestTimeoutMs).toBe(86_400_000);
  expect(requestDeadlineMs).toBeLessThan(2 ** 31);
});

it("requires eventsApiUrl and realtimeApiUrl with a custom apiUrl", () => {
  const apiUrl = "https://flags.example/api/v1/";
  const local = { environmentKey: "ser.key", enableLocalEvaluation: true };
  expect(readMessage(() => parse({ apiUrl, enableEvents: true }))).toMatch(
    /^Option eventsApiUrl is required/,
  );
  expect(readMessage(() => parse({ ...local, apiUrl, enableRealtimeUpdates: true }))).toMatch(
    /^Option realtimeApiUrl is required/,
  );
  const given = { eventsApiUrl: "https://events.example", realtimeApiUrl: "https://sse.example" };
  expect(
    parse({ ...local, ...given, apiUrl, enableEvents: true, enableRealtimeUpdates: true }),
  ).toMatchObject({
    analyticsUrl: "https://flags.example/api/v1/analytics/flags/",
    eventsApiUrl: "https://events.example/",
    realtimeApiUrl: "https://sse.example/",
  });
  const hosted = parse({ ...local, enableEvents: true, enableRealtimeUpdates: true });
  expect(hosted.eventsApiUrl).toBe("https://events.api.flagsmith.com/");
});

it.each([0, 20])("accepts %i retries", (retries) => {
  expect(parse({ retries }).retries).toBe(retries);
});

it("accepts a policy, a cache and a logger with inherited methods", () => {
  class Policy {
    retries = 2;
    delay() {
      return 0;
    }
    shouldRetry() {
      return true;
    }
  }
  const retries = new Policy();
  const cache = new Map<string, unknown>();
  expect(parse({ retries, cache, logger: console })).toMatchObject({ retries, cache });
  expect(parse({ retries }).retries).toBe(retries);
  expect(parse({ cache }).cache).toBe(cache);
  expect(parse({ logger: console }).logger).toBe(console);
});

it("later changes to the options have no effect", async () => {
  const platform = fakePlatform();
  const options = {
    environmentKey,
    customHeaders: { "X-Tenant": "a" } as Record<string, string>,
    applicationMetadata: { name: "shop", version: "1" },
  };
  const flagsmith = new Flagsmith(options, platform, modulesFor(platform));
  options.environmentKey = "changed";
  options.customHeaders["X-Tenant"] = "changed";
  options.customHeaders["X-More"] = "changed";
  options.applicationMetadata.name = "changed";
  await flagsmith.getEnvironmentFlags();
  expect(platform.requests[0]?.headers).toMatchObject({
    "x-environment-key": environmentKey,
    "x-tenant": "a",
    "flagsmith-application-name": "shop",
  });
  expect(Object.values(platform.requests[0]?.headers ?? {})).not.toContain("changed");
});

it("a constructor starts no request, no timer and no AbortController", async () => {
  const platform = fakePlatform();
  const started: string[] = [];
  const spy = (name: string) =>
    class {
      constructor() {
        started.push(name);
      }
    };
  const note = (name: string) => () => void started.push(name);
  vi.stubGlobal("AbortController", spy("AbortController"));
  vi.stubGlobal("Response", spy("Response"));
  for (const name of ["setTimeout", "setInterval", "queueMicrotask", "fetch"]) {
    vi.stubGlobal(name, note(name));
  }
  vi.stubGlobal("crypto", { getRandomValues: note("random"), randomUUID: note("random") });
  new Flagsmith(
    {
      environmentKey,
      cache: { get: note("cache.get"), set: note("cache.set") },
      defaultFlagHandler: () => ({ enabled: true }),
      retries: { retries: 1, delay: () => 0, shouldRetry: () => true },
    },
    platform,
    modulesFor(platform),
  );
  vi.unstubAllGlobals();
  expect(started).toEqual([]);
  expect(platform.requests).toEqual([]);
  expect(platform.clock.sleeps).toEqual([]);
});
