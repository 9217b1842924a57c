import { createServer, Agent as HttpAgent } from "node:http";
import type { AddressInfo } from "node:net";
import type { FetchInit } from "@flagsmith-isomorphic/core";
import { Agent } from "undici";
import { expect, it, vi } from "vitest";
import manifest from "../package.json" with { type: "json" };
import {
  type Dispatcher,
  Flagsmith,
  FlagsmithAPIError,
  FlagsmithClientError,
} from "../src/index.ts";
import { getRejection } from "./get-rejection.ts";

const environmentKey = "node-test-key";
const apiUrl = "https://flagsmith.test/api/v1/";

/** Creates a fetch that returns no flags and records its requests. */
function createRecordingFetch() {
  const requests: { url: string; init: RequestInit }[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    requests.push({ url, init });
    return Response.json([]);
  };
  return { requests, fetch };
}

it("disables the fetch cache of frameworks", async () => {
  const { requests, fetch } = createRecordingFetch();
  vi.stubGlobal("fetch", fetch);
  try {
    await new Flagsmith({ environmentKey, apiUrl }).getEnvironmentFlags();
  } finally {
    vi.unstubAllGlobals();
  }
  expect(requests[0]?.init).toMatchObject({ cache: "no-store" });
});

/** Sends requests as a new process with this dispatcher of undici 8. Returns the dispatchers that `fetch` gets. */
async function sendWithUndici8(
  globalDispatcher: object | undefined,
  inits: readonly object[],
  respond: (dispatcher?: object) => Response = () => Response.json([]),
) {
  vi.resetModules();
  const { nodePlatform } = await import("../src/node-platform.ts");
  const dispatchers: (Dispatcher | undefined)[] = [];
  const name = Symbol.for("undici.globalDispatcher.2");
  const previous = Reflect.get(globalThis, name);
  const { signal } = new AbortController();
  const common: FetchInit = { method: "GET", headers: {}, signal, redirect: "manual" };
  try {
    vi.stubGlobal("fetch", async (_url: string, { dispatcher }: { dispatcher?: Dispatcher }) => {
      dispatchers.push(dispatcher);
      return respond(dispatcher);
    });
    Reflect.set(globalThis, name, globalDispatcher);
    for (const init of inits) await nodePlatform.fetch(apiUrl, { ...common, ...init });
  } finally {
    vi.unstubAllGlobals();
    Reflect.set(globalThis, name, previous);
  }
  return dispatchers;
}

it("leaves HTTP/2 of undici 8 after a timeout", async () => {
  const dispatched: unknown[] = [];
  const mock = { isMockActive: true, dispatch: (options: object) => dispatched.push(options) };
  // An agent of the user stays.
  const inits = [{}, {}, { keepalive: false }, {}, { dispatcher: mock }];
  const dispatchers = await sendWithUndici8(mock, inits);
  expect(dispatchers.pop()).toBe(mock);
  expect(dispatchers.map(Boolean)).toEqual([false, false, true, true]);
  for (const dispatcher of dispatchers.slice(2)) {
    expect(dispatcher).toHaveProperty("isMockActive", true);
    dispatcher?.dispatch({ path: "/" } as never, { onRequestStart: () => {} } as never);
    expect(dispatched.pop()).toEqual({ path: "/", allowH2: false });
  }
});

it("a global fetch that refuses a dispatcher of undici 8 gets it once", async () => {
  const cause = { code: "UND_ERR_INVALID_ARG", message: "invalid onRequestStart method" };
  const agent = { dispatch: () => true };
  const inits = [{ keepalive: false }, {}];
  const dispatchers = await sendWithUndici8(agent, inits, (dispatcher) => {
    if (dispatcher) throw new TypeError("fetch failed", { cause });
    return Response.json([]);
  });
  expect(dispatchers).toEqual([expect.any(Object), undefined, undefined]);
});

it("a global fetch of undici 6 or 7 does not use a dispatcher of undici 7 that another copy has set", async () => {
  const dispatch = vi.fn(() => true);
  const inits = [{ keepalive: false }, {}];
  const dispatchers = await sendWithUndici8({ dispatch }, inits, (dispatcher) => {
    Object(dispatcher).dispatch?.({}, { onConnect: () => {} });
    return Response.json([]);
  });
  expect(dispatchers).toEqual([expect.any(Object), undefined, undefined]);
  expect(dispatch).not.toHaveBeenCalled();
});

it("a request with an agent that does not fit is not repeated without it", async () => {
  const agent = { dispatch: () => true };
  const cause = { code: "UND_ERR_INVALID_ARG", message: "invalid onRequestStart method" };
  const inits = [{ keepalive: false }, { dispatcher: agent }];
  const dispatchers: unknown[] = [];
  const sending = sendWithUndici8({ dispatch: () => true }, inits, (dispatcher) => {
    dispatchers.push(dispatcher);
    if (dispatcher === agent) throw new TypeError("fetch failed", { cause });
    return Response.json([]);
  });
  await expect(sending).rejects.toThrow("fetch failed");
  expect(dispatchers).toEqual([expect.any(Object), agent]);
});

it("does not repeat a request to a global fetch of undici 8 that fails", async () => {
  const respond = vi.fn(() => {
    throw new TypeError("fetch failed");
  });
  const sending = sendWithUndici8({ dispatch: () => true }, [{ keepalive: false }], respond);
  await expect(sending).rejects.toThrow("fetch failed");
  expect(respond).toHaveBeenCalledOnce();
});

it("keeps HTTP/2 of undici 8 with a server that refuses HTTP/1.1", async () => {
  const cause = { code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL" };
  const inits = [{ keepalive: false }, {}];
  const dispatchers = await sendWithUndici8({ dispatch: () => true }, inits, (dispatcher) => {
    if (dispatcher) throw new TypeError("fetch failed", { cause });
    return Response.json([]);
  });
  const http1 = expect.any(Object);
  expect(dispatchers).toEqual([http1, undefined, http1, undefined]);
});

it("has no dispatcher to change before the first request of a process", async () => {
  expect(await sendWithUndici8(undefined, [{ keepalive: false }])).toEqual([undefined]);
});

it.each([
  ["an http.Agent", new HttpAgent()],
  ["a URL", "http://proxy.example:8080"],
  ["null", null],
  ["a plain object", {}],
  ["an object whose dispatch is not a method", { dispatch: true }],
])("rejects %s as agent", (_name, agent) => {
  const create = () => new Flagsmith({ environmentKey, agent: agent as unknown as Dispatcher });
  expect(create).toThrow(FlagsmithClientError);
  expect(create).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining("Option agent must be an undici dispatcher"),
    }),
  );
});

it("passes the agent to fetch as its dispatcher", async () => {
  const { requests, fetch } = createRecordingFetch();
  const agent = new Agent();
  await new Flagsmith({ environmentKey, apiUrl, fetch, agent }).getEnvironmentFlags();
  await new Flagsmith({ environmentKey, apiUrl, fetch, agent: undefined }).getEnvironmentFlags();
  expect(requests[0]?.init).toMatchObject({ method: "GET", dispatcher: agent });
  expect(requests[1]?.init).not.toHaveProperty("dispatcher");
});

it.each([
  [
    "refuses its handler",
    Object.assign(new Error("invalid onRequestStart method"), { code: "UND_ERR_INVALID_ARG" }),
  ],
  [
    "calls a method that its handler lacks",
    new TypeError("this.handler.onConnect is not a function"),
  ],
])("reports an agent that %s as INVALID_OPTIONS, without a retry", async (_name, misfit) => {
  let count = 0;
  const agent = {
    dispatch: () => {
      count++;
      throw misfit;
    },
  };
  const lines: string[] = [];
  const logger = {
    warn: (line: string) => lines.push(line),
    error: (line: string) => lines.push(line),
  };
  const options = {
    environmentKey: "ser.key",
    apiUrl: "http://127.0.0.1:8123/api/v1/",
    agent,
    logger,
    fetch: (url: string, init: RequestInit) => fetch(url, init),
  };
  const expected = {
    name: "FlagsmithClientError",
    code: "INVALID_OPTIONS",
    message: expect.stringMatching(/^Option agent .*: omit fetch, or use undici 7\.$/),
  };
  const defaultFlagHandler = () => ({ enabled: true });
  const remote = new Flagsmith({ ...options, defaultFlagHandler, enableAnalytics: true });
  expect(await getRejection(remote.getEnvironmentFlags())).toMatchObject(expected);
  expect(count).toBe(1);
  const local = new Flagsmith({ ...options, enableLocalEvaluation: true });
  expect(await getRejection(local.ready())).toMatchObject(expected);
  expect(count).toBe(2);
  expect(lines.join()).toContain("use undici 7");
  await Promise.all([remote.close(), local.close()]);
});

it("reports other errors of a fetch with an agent as they are", async () => {
  const circular = new Error("invalid certificate");
  circular.cause = circular;
  const codeOnly = Object.assign(new Error("invalid argument"), { code: "UND_ERR_INVALID_ARG" });
  for (const cause of [circular, codeOnly]) {
    const fetch = async () => {
      throw new TypeError("fetch failed", { cause });
    };
    const agent = new Agent();
    const flagsmith = new Flagsmith({ environmentKey, apiUrl, fetch, agent, retries: 0 });
    const error = await getRejection(flagsmith.getEnvironmentFlags());
    const message = `GET ${apiUrl}flags/ failed: ${cause.message}.`;
    expect(error).toMatchObject({ code: "API_UNREACHABLE", message });
  }
});

it("sends every request through an undici agent", async () => {
  const server = createServer((_request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end('[{"feature":{"id":1,"name":"banner"},"enabled":true,"feature_state_value":1}]');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const paths: string[] = [];
  const agent = new Agent().compose((dispatch) => (options, handler) => {
    paths.push(options.path);
    return dispatch(options, handler);
  });
  try {
    const flagsmith = new Flagsmith({
      environmentKey,
      apiUrl: `http://127.0.0.1:${port}/api/v1/`,
      agent,
      retries: 0,
    });
    const flags = await flagsmith.getEnvironmentFlags();
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    expect(paths).toEqual(["/api/v1/flags/"]);
  } finally {
    await agent.close();
    server.close();
  }
});

it("sends its name and version to the API", async () => {
  const { requests, fetch } = createRecordingFetch();
  await new Flagsmith({ environmentKey, apiUrl, fetch }).getEnvironmentFlags();
  const headers = new Headers(requests[0]?.init.headers);
  const name = `flagsmith-isomorphic-node/${manifest.version}`;
  expect(headers.get("User-Agent")).toBe(name);
  expect(headers.get("Flagsmith-SDK-User-Agent")).toBe(name);
});

it.each([
  ["itself", (denied: Error) => denied],
  [
    "as the cause of a failed fetch",
    (denied: Error) => new TypeError("fetch failed", { cause: denied }),
  ],
])(
  "reports Node's permission error, %s, as PERMISSION_DENIED without a retry",
  async (_name, wrap) => {
    let count = 0;
    const fetch = async () => {
      count++;
      throw wrap(
        Object.assign(new Error("Access to this API has been restricted"), {
          code: "ERR_ACCESS_DENIED",
          permission: "Net",
        }),
      );
    };
    const flagsmith = new Flagsmith({ environmentKey, apiUrl, fetch });
    const error = await getRejection(flagsmith.getEnvironmentFlags());
    expect(error).toBeInstanceOf(FlagsmithAPIError);
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", status: undefined });
    expect(count).toBe(1);
  },
);

it("rejects an invalid option with a FlagsmithClientError", () => {
  expect(() => new Flagsmith({ environmentKey: "bad key" })).toThrow(
    expect.objectContaining({ name: "FlagsmithClientError", code: "INVALID_OPTIONS" }),
  );
});
