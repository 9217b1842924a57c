import { getEventListeners, once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { Agent, type Dispatcher, MockAgent, RetryAgent } from "undici";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Flagsmith, FlagsmithAPIError, type FlagsmithOptions } from "../src/index.ts";
import { undiciFetch } from "../src/undici.ts";
import { getRejection } from "./get-rejection.ts";

const list = JSON.stringify([
  { feature: { id: 1, name: "banner" }, enabled: true, feature_state_value: "größe" },
]);
const servers: Server[] = [];
const unhandled: unknown[] = [];
process.on("uncaughtException", (error) => unhandled.push(error));

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  expect(unhandled).toEqual([]);
});

async function serve(respond: RequestListener) {
  const server = createServer(respond).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/` };
}

/** Creates a client of a server that responds as a test needs. */
async function connect(respond: RequestListener, options: Partial<FlagsmithOptions> = {}) {
  const { url } = await serve(respond);
  const apiUrl = `${url}api/v1/`;
  const logger = { warn: () => undefined, error: () => undefined };
  return new Flagsmith({
    environmentKey: "ser.undici",
    apiUrl,
    fetch: undiciFetch,
    logger,
    retries: 0,
    ...options,
  });
}

it("sends the same requests as the runtime's fetch", async () => {
  const seen: unknown[] = [];
  const respond: RequestListener = (request, response) => {
    let body = "";
    request.on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      const { method, url, headers } = request;
      const { "x-environment-key": key, "content-type": type, accept } = headers;
      seen.push({ method, url, key, type, accept, body });
      response.end(method === "GET" ? list : `{"identifier":"user-42","flags":${list}}`);
    });
  };
  for (const fetch of [undiciFetch, undefined]) {
    const flagsmith = await connect(respond, { fetch });
    const flags = await flagsmith.getEnvironmentFlags();
    expect(flags.getFeatureValue("banner")).toBe("größe");
    const identityFlags = await flagsmith.getIdentityFlags("user-42", { plan: "gold" });
    expect(identityFlags.getFeatureValue("banner")).toBe("größe");
  }
  expect(seen.slice(0, 2)).toEqual(seen.slice(2));
});

it.each([
  ["a content length", {}, Buffer.from(list)],
  ["a byte order mark", {}, Buffer.from(`\ufeff${list}`)],
  ["chunks", { "transfer-encoding": "chunked" }, Buffer.from(list)],
  [
    "chunks and a byte order mark",
    { "transfer-encoding": "chunked" },
    Buffer.from(`\ufeff${list}`),
  ],
  ["gzip", { "content-encoding": "gzip" }, gzipSync(list)],
  ["x-gzip", { "content-encoding": " X-GZIP " }, gzipSync(list)],
  ["deflate, which it does not ask for", { "content-encoding": "deflate" }, deflateSync(list)],
  ["brotli, which it does not ask for", { "content-encoding": "br" }, brotliCompressSync(list)],
])("reads a body with %s", async (_name, headers, body) => {
  const flagsmith = await connect((_request, response) => {
    const length = "transfer-encoding" in headers ? {} : { "content-length": body.length };
    response.writeHead(200, { ...headers, ...length });
    // In two parts, within a character.
    response.write(body.subarray(0, body.indexOf(0xc3) + 1));
    setImmediate(() => response.end(body.subarray(body.indexOf(0xc3) + 1)));
  });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe("größe");
});

it.each([
  ["a content length", { "content-length": 200_000 }],
  ["chunks", {}],
  ["chunks without an end", {}],
  ["gzip", { "content-encoding": "gzip" }],
])("stops reading a body with %s that is too long", async (name, headers) => {
  const spaces = Buffer.alloc(200_000, " ");
  const body = "content-encoding" in headers ? gzipSync(spaces) : spaces;
  const agent = new Agent({ connections: 1 });
  const options = { agent, maxResponseBytes: 10_000, requestTimeoutSeconds: 2 };
  const flagsmith = await connect((request, response) => {
    if (request.method === "POST") return response.end(`{"flags":${list}}`);
    response.writeHead(200, headers);
    return name.endsWith("without an end") ? response.write(body) : response.end(body);
  }, options);
  const error = await getRejection(flagsmith.getEnvironmentFlags());
  expect(error).toMatchObject({ code: "INVALID_RESPONSE", status: 200 });
  // The connection is free again.
  expect((await flagsmith.getIdentityFlags("user")).getFeatureValue("banner")).toBe("größe");
  await agent.destroy();
});

describe.each([
  ["undiciFetch", () => ({ fetch: undiciFetch })],
  ["an agent", () => ({ fetch: undefined, agent: new Agent() })],
  ["the runtime's fetch", () => ({ fetch: undefined })],
])("with %s, a compressed response", (name, createOptions) => {
  it.each(["gzip", "x-gzip", "deflate", "br"])("of a report may be empty: %s", async (encoding) => {
    for (const status of [200, 204]) {
      const respond: RequestListener = (_request, response) =>
        response.writeHead(status, { "content-encoding": encoding }).end();
      const { url: eventsApiUrl } = await serve(respond);
      const events = { enableEvents: true, eventsApiUrl };
      const flagsmith = await connect(respond, { ...createOptions(), ...events });
      flagsmith.trackEvent("checkout");
      await flagsmith.flush();
      expect(flagsmith.deliveryReport().events).toMatchObject({ accepted: 1, unconfirmed: 0 });
    }
  });

  it("that is cut is requested again", async () => {
    const body = gzipSync(list);
    // The fetch of Node.js reads a body that was cut early as an empty one.
    for (const end of name === "the runtime's fetch" ? [-12] : [1, 9, 20, -12, -1]) {
      let requests = 0;
      const respond: RequestListener = (_request, response) => {
        response.writeHead(200, { "content-encoding": "gzip" });
        response.end(++requests === 1 ? body.subarray(0, end) : body);
      };
      const retries = { retries: 1, delay: () => 0 };
      const flagsmith = await connect(respond, { ...createOptions(), retries });
      const flags = await flagsmith.getEnvironmentFlags();
      expect(flags.getFeatureValue("banner")).toBe("größe");
      expect(requests).toBe(2);
    }
  });
});

it("a compressed response whose body never begins is requested again", async () => {
  let requests = 0;
  const flagsmith = await connect(
    (request, response) => {
      if (++requests > 1) return response.end(list);
      response.writeHead(200, { "content-encoding": "gzip" }).flushHeaders();
      return setTimeout(() => request.socket.destroy(), 20);
    },
    { retries: { retries: 1, delay: () => 0 } },
  );
  expect((await flagsmith.getEnvironmentFlags()).source).toBe("remote");
  expect(requests).toBe(2);
});

it("asks for gzip, and requests nothing again because of another encoding", async () => {
  const seen: unknown[] = [];
  const flagsmith = await connect(
    (request, response) => {
      seen.push(request.headers["accept-encoding"]);
      response.writeHead(200, { "content-encoding": "zstd" }).end("not JSON");
    },
    { retries: { retries: 1, delay: () => 0 } },
  );
  const error = await getRejection(flagsmith.getEnvironmentFlags());
  expect(error).toMatchObject({ code: "INVALID_RESPONSE", status: 200 });
  expect(seen).toEqual(["gzip"]);
});

it("follows a redirect without reading its body, which may be endless", async () => {
  const flagsmith = await connect((request, response) => {
    if (request.url?.endsWith("/there/")) return response.end(list);
    response.writeHead(307, { location: "/there/", "transfer-encoding": "chunked" });
    return response.write("x".repeat(100_000));
  });
  expect((await flagsmith.getEnvironmentFlags()).source).toBe("remote");
  await new Promise((resolve) => setTimeout(resolve, 50));
});

/** Sends a request without a client. */
function send(url: string, init: { dispatcher?: Dispatcher; signal?: AbortSignal } = {}) {
  const { signal } = new AbortController();
  return undiciFetch(url, { method: "GET", headers: {}, redirect: "manual", signal, ...init });
}

it("joins repeated headers", async () => {
  const { url } = await serve((_request, response) => {
    response.setHeader("link", ["<a>; rel=x", "<b>; rel=y"]);
    response.end();
  });
  const { status, headers } = await send(url);
  expect(status).toBe(200);
  expect(headers.get("Link")).toBe("<a>; rel=x, <b>; rel=y");
  expect(headers.get("x-missing")).toBeNull();
});

it("waits for the response after one of status 103", async () => {
  const { url } = await serve((_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    setTimeout(() => response.end("later"), 20);
  });
  const response = await send(url);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe("later");
});

it("reads all of a body without a length, or with a long one, as text", async () => {
  const body = Buffer.alloc(1_500_000, "ß");
  for (const headers of [{}, { "content-length": body.length }]) {
    const { url } = await serve((_request, response) => response.writeHead(200, headers).end(body));
    expect(await (await send(url)).text()).toBe(body.toString());
  }
});

it("reads an event stream with a content length in parts", async () => {
  const { url } = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "content-length": 1000 });
    response.write("data: 1");
  });
  const reader = (await send(url)).body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("data: 1");
  await reader?.cancel();
});

it("an abort ends a request that waits for a connection, and does not send it", async () => {
  const paths: unknown[] = [];
  const { url } = await serve(({ url }) => paths.push(url));
  const dispatcher = new Agent({ connections: 1 });
  const [first, second] = [new AbortController(), new AbortController()];
  const sent = getRejection(send(`${url}first`, { dispatcher, signal: first.signal }));
  await vi.waitFor(() => expect(paths).toEqual(["/first"]), { timeout: 60_000 });
  const waiting = getRejection(send(`${url}second`, { dispatcher, signal: second.signal }));
  second.abort("second");
  expect(await waiting).toBe("second");
  first.abort("first");
  expect(await sent).toBe("first");
  const aborted = getRejection(send(`${url}third`, { dispatcher, signal: second.signal }));
  expect(await aborted).toBe("second");
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(paths).toEqual(["/first"]);
  await dispatcher.destroy();
});

it("stops listening to a signal when the response ends", async () => {
  const { signal } = new AbortController();
  const { url } = await serve((request, response) => {
    if (request.url === "/cut") return request.socket.destroy();
    if (request.url === "/chunks") response.write("[");
    return response.end("]");
  });
  for (const path of ["short", "chunks"]) await (await send(url + path, { signal })).text();
  await getRejection(send(`${url}cut`, { signal }));
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

it.each(["", "the pool of "])("receives responses of %sa mock", async (name) => {
  const mock = new MockAgent();
  mock.disableNetConnect();
  const pool = mock.get("http://127.0.0.1");
  const dispatcher = name === "" ? mock : pool;
  const headers = { "content-length": "2", link: ["<a>", "<b>"] };
  pool.intercept({ path: "/short" }).reply(200, "ok", { headers });
  pool.intercept({ path: "/refused" }).reply(403, "no");
  pool.intercept({ path: "/error" }).replyWithError(new Error("reset"));
  const short = await send("http://127.0.0.1/short", { dispatcher });
  expect(short.headers.get("link")).toBe("<a>, <b>");
  expect(await short.text()).toBe("ok");
  const refused = await send("http://127.0.0.1/refused", { dispatcher });
  expect([refused.status, await refused.text()]).toEqual([403, "no"]);
  const error = await getRejection(send("http://127.0.0.1/error", { dispatcher }));
  expect(error).toMatchObject({ message: "reset" });
});

it.each([
  ["is not paused if it has a length, for an older RetryAgent", ["Content-Length", "3000000"]],
  ["is paused without a length", []],
  ["is paused if it is compressed", ["Content-Length", "3000000", "Content-Encoding", "zstd"]],
])("a long response %s", async (name, headers) => {
  const resume = vi.fn();
  const paused: boolean[] = [];
  // As undici 6 calls a handler.
  const dispatch = (_options: object, handler: Dispatcher.DispatchHandler) => {
    handler.onConnect?.(() => undefined);
    const rawHeaders = headers.map((text) => Buffer.from(text));
    handler.onHeaders?.(200, rawHeaders, resume, "OK");
    for (const byte of [1, 2, 3]) paused.push(!handler.onData?.(Buffer.alloc(1_000_000, byte)));
    handler.onComplete?.(null);
    return true;
  };
  const dispatcher = Object.assign(new Agent(), { dispatch });
  const text = await (await send("http://127.0.0.1/", { dispatcher })).text();
  expect([text.length, text.at(-1)]).toEqual([3_000_000, "\u0003"]);
  expect(paused.includes(true)).toBe(name.startsWith("is paused"));
});

it("an agent that does not report the status of a response is an error", async () => {
  const { url } = await serve((_request, response) => {
    response.writeProcessing();
    response.end("ok");
  });
  // It takes the status 102 for that of the response.
  const agent = new Agent();
  const error = await getRejection(send(url, { dispatcher: new RetryAgent(agent) }));
  expect(error).toMatchObject({ message: expect.stringContaining("status") });
  await agent.destroy();
});

it.each(["cancelled", "aborted"])(
  "a RetryAgent does not load the rest of a body that was %s",
  async (name) => {
    let requests = 0;
    let isClosed = false;
    let breakOff = () => undefined as unknown;
    let retry: (() => void) | undefined;
    const { url } = await serve((_request, response) => {
      const head = { etag: '"1"', "content-length": 4_000_000 };
      if (++requests === 1) {
        response.writeHead(200, head).write("[");
        breakOff = () => response.destroy();
        return;
      }
      response.on("close", () => {
        isClosed = true;
      });
      const range = { "content-range": "bytes 1-3999999/4000000", "content-length": 3_999_999 };
      response.writeHead(206, { ...head, ...range }).write(" ");
    });
    const agent = new Agent();
    const dispatcher = new RetryAgent(agent, {
      retry: (_error, _context, callback) => {
        retry = callback;
      },
    });
    const controller = new AbortController();
    const { signal } = controller;
    const { body } = await send(url, { dispatcher, signal });
    breakOff();
    await vi.waitFor(() => expect(retry).toBeDefined(), { timeout: 5000 });
    if (name === "cancelled") await body?.cancel();
    else controller.abort();
    retry?.();
    await vi.waitFor(() => expect(isClosed).toBe(true), { timeout: 5000 });
    expect(requests).toBe(2);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await agent.destroy();
  },
);

it("an abort ends a request before and within the body, with the caller's reason", async () => {
  const reason = new Error("enough");
  for (const hasBody of [false, true]) {
    const controller = new AbortController();
    let isClosed = false;
    const flagsmith = await connect((request, response) => {
      request.socket.on("close", () => {
        isClosed = true;
      });
      if (hasBody) response.writeHead(200).write("[");
      setTimeout(() => controller.abort(reason), 20);
    });
    const { signal } = controller;
    await expect(flagsmith.getEnvironmentFlags({ signal })).rejects.toBe(reason);
    await vi.waitFor(() => expect(isClosed).toBe(true), { timeout: 60_000 });
  }
});

it.each([
  ["resets the connection", "UND_ERR_SOCKET"],
  ["cuts the body", "UND_ERR_SOCKET"],
])("a server that %s is API_UNREACHABLE", async (name, code) => {
  const flagsmith = await connect((request, response) => {
    if (name.startsWith("cuts")) {
      response.writeHead(200, { "content-length": 1000 });
      response.write("[");
    }
    setTimeout(() => request.socket.destroy(), 20);
  });
  const error = await getRejection(flagsmith.getEnvironmentFlags());
  expect(error).toBeInstanceOf(FlagsmithAPIError);
  expect(error).toMatchObject({ code: "API_UNREACHABLE", cause: { code } });
});

it("a response that never comes is API_TIMEOUT", async () => {
  const flagsmith = await connect(() => undefined, { requestTimeoutSeconds: 0.05 });
  const error = await getRejection(flagsmith.getEnvironmentFlags());
  expect(error).toMatchObject({ code: "API_TIMEOUT" });
});

it("uses the agent instead of its pool", async () => {
  const paths: string[] = [];
  const agent = new Agent().compose((dispatch) => (options, handler) => {
    paths.push(options.path);
    return dispatch(options, handler);
  });
  const flagsmith = await connect((_request, response) => response.end(list), { agent });
  await flagsmith.getEnvironmentFlags();
  expect(paths).toEqual(["/api/v1/flags/"]);
  await agent.close();
});

it.each([
  ["", undefined],
  [" with undiciFetch", undiciFetch],
])("an agent needs no other method than dispatch%s", async (_name, option) => {
  const inner = new Agent();
  const agent: Pick<Agent, "dispatch"> = {
    dispatch: (options, handler) => inner.dispatch(options, handler),
  };
  const flagsmith = await connect((_request, response) => response.end(list), {
    fetch: option,
    agent,
  });
  const fetch = vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("fetch failed"));
  const flags = await flagsmith.getEnvironmentFlags();
  fetch.mockRestore();
  expect(flags.getFeatureValue("banner")).toBe("größe");
  await inner.close();
});

it("does not use HTTP/2, whose dead connections all requests would share", async () => {
  const agent = new Agent();
  const dispatch = vi.spyOn(agent, "dispatch");
  const flagsmith = await connect((_request, response) => response.end(list), { agent });
  await flagsmith.getEnvironmentFlags();
  expect(dispatch.mock.lastCall?.[0]).toMatchObject({ allowH2: false });
});

it("uses HTTP/2 with a server that refuses HTTP/1.1", async () => {
  const agent = new Agent();
  const refusal = { code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL" };
  const dispatch = vi.spyOn(agent, "dispatch").mockImplementationOnce((_options, handler) => {
    handler.onResponseError?.(undefined as never, refusal as never);
    return true;
  });
  const flagsmith = await connect((_request, response) => response.end(list), { agent });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe("größe");
  const protocols = dispatch.mock.calls.map(([options]) => Reflect.get(options, "allowH2"));
  expect(protocols).toEqual([false, undefined]);
});

it("responses without a body leave their connection free", async () => {
  const agent = new Agent({ connections: 1 });
  const flagsmith = await connect((_request, response) => response.writeHead(304).end(), {
    agent,
    requestTimeoutSeconds: 2,
  });
  for (let count = 0; count < 3; count++) {
    const error = await getRejection(flagsmith.getEnvironmentFlags());
    expect(error).toMatchObject({ code: "API_STATUS", status: 304 });
  }
  await agent.destroy();
});

it("uses the runtime's fetch if the agents of undici cannot send, as on Bun", async () => {
  vi.resetModules();
  vi.doMock("undici", () => ({ Agent: class {} }));
  const { undiciFetch: fetchOnBun } = await import("../src/undici.ts");
  vi.doUnmock("undici");
  const flagsmith = await connect((_request, response) => response.end(list), {
    fetch: fetchOnBun,
  });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.getFeatureValue("banner")).toBe("größe");
});
