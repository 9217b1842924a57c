import { describe, expect, it } from "vitest";
import { createOfrepHandler, type OfrepHandlerOptions } from "../../src/ofrep/index.ts";
import {
  catchError,
  client,
  fakeIsolate,
  fakePlatform,
  json,
  localClient,
} from "../fake-platform.ts";
import { createOfrep, document, token } from "./ofrep-client.ts";

describe("options", () => {
  it.each<[string, Partial<OfrepHandlerOptions> | object, RegExp]>([
    ["no token", {}, /Option token is missing: .*public: true/],
    ["a token that is undefined", { token: undefined }, /Option token is missing/],
    ["no tokens", { tokens: [] }, /Option token is missing/],
    ["public: false", { public: false }, /Option token is missing/],
    ["an empty token", { token: "" }, /Option token must be a text/],
    ["a token with a space", { token: "a b" }, /Option token must be a text/],
    ["an empty token in a list", { tokens: ["a", ""] }, /Option tokens must be an array/],
    ["a token for everyone", { token, public: true }, /Option public must not be true/],
    ["public as a text", { public: "true" }, /Option public must be a boolean/],
    ["a misspelt option", { token, annonymous: true }, /Did you mean "anonymous"/],
    ["anonymous as a text", { token, anonymous: "yes" }, /Option anonymous/],
    ["an unknown type", { token, types: { a: "float" } }, /Option types/],
    ["a known and an unknown type", { token, types: { a: "string", b: "float" } }, /Option types/],
    ["types as a number", { token, types: 1 }, /Option types/],
    ["types that are null", { token, types: null }, /Option types/],
    ["only as a text", { token, only: "a" }, /Option only/],
    ["a number in only", { token, only: ["a", 1] }, /Option only/],
    ["origins as a text", { token, allowedOrigins: "https://a.example" }, /Option allowedOrigins/],
    ["an origin with a path", { token, allowedOrigins: ["https://a.example/"] }, /without a path/],
    ["a second origin with a path", { token, allowedOrigins: ["null", "a:/b"] }, /without a path/],
    ["an origin without a scheme", { token, allowedOrigins: ["a.example"] }, /allowedOrigins/],
    ["an origin in upper case", { token, allowedOrigins: ["https://A.example"] }, /in lower case/],
    ["a wildcard in an origin", { token, allowedOrigins: ["https://*.a.example"] }, /wildcard/],
    ["no bytes", { token, maxBodyBytes: 0 }, /Option maxBodyBytes/],
    ["no client", { token, flagsmith: undefined }, /Option flagsmith must be a Flagsmith client/],
    [
      "a client in remote mode",
      { token, flagsmith: client(fakePlatform()) },
      /Option flagsmith must be a client with enableLocalEvaluation/,
    ],
  ])("refuses %s", (_name, options, message) => {
    const create = () => createOfrep(options);
    expect(create).toThrow(message);
    expect(create).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("accepts the origins of pages, apps and extensions", () => {
    const allowedOrigins = [
      "https://a.example",
      "http://localhost:3000",
      "http://[::1]:3000",
      "capacitor://localhost",
      "file://",
      "null",
      "safari-web-extension://E4F0A6F5-5C0D-4B1E-9A5B-0F6E7D8C9B0A",
    ];
    expect(() => createOfrep({ token, allowedOrigins })).not.toThrow();
  });

  it("refuses missing options", async () => {
    const create = async () => createOfrepHandler(undefined as unknown as OfrepHandlerOptions);
    expect(await catchError(create())).toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it("a client in offline mode is accepted", async () => {
    const offlineHandler = { getEnvironment: () => document };
    const { evaluate } = createOfrep(
      { token },
      { enableLocalEvaluation: false, offlineMode: true, offlineHandler },
    );
    expect((await evaluate("/text")).body.value).toBe("blue");
  });
});

describe("tokens", () => {
  const { send } = createOfrep({ token, tokens: ["old-token"] });

  it.each([
    ["X-API-Key", token],
    ["X-API-Key", "old-token"],
    ["Authorization", `Bearer ${token}`],
    ["authorization", `bearer ${token}`],
  ])("accepts %s: %s", async (name, value) => {
    const response = await send("/text", { headers: { "X-API-Key": "", [name]: value } });
    expect(response.status).toBe(200);
  });

  it.each([
    ["X-API-Key", ""],
    ["X-API-Key", `${token}x`],
    ["X-API-Key", token.slice(1)],
    ["X-API-Key", token.toUpperCase()],
    ["X-API-Key", `${token},old-token`],
    ["X-API-Key", "é"],
    ["Authorization", `Basic ${token}`],
    ["Authorization", token],
  ])("refuses %s: %s", async (name, value) => {
    const response = await send("/text", { headers: { "X-API-Key": "", [name]: value } });
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(await response.json()).toEqual({ errorDetails: "The token is missing or invalid." });
  });

  it("a request without a valid token is not read and starts no load", async () => {
    const { handle, platform } = createOfrep();
    const body = new ReadableStream(
      {
        pull: () => {
          throw new Error("The body was read.");
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: "POST", body, duplex: "half" };
    const response = await handle(
      new Request("https://edge.example/ofrep/v1/evaluate/flags", init),
    );
    expect(response.status).toBe(401);
    expect(platform.requests).toEqual([]);
  });
});

describe("bad requests", () => {
  const { send } = createOfrep({ token, maxBodyBytes: 100 });

  it.each([
    ["no body", "", 400, "PARSE_ERROR"],
    ["no JSON", "{", 400, "PARSE_ERROR"],
    ["null", "null", 400, "INVALID_CONTEXT"],
    ["no object", "[]", 400, "INVALID_CONTEXT"],
    ["no context", "{}", 400, "INVALID_CONTEXT"],
    ["a context that is null", { context: null }, 400, "INVALID_CONTEXT"],
    ["a context that is an array", { context: [] }, 400, "INVALID_CONTEXT"],
    ["a context that is a text", { context: "user" }, 400, "INVALID_CONTEXT"],
    ["no targeting key", { context: {} }, 400, "TARGETING_KEY_MISSING"],
    ["a number as targeting key", { context: { targetingKey: 1 } }, 400, "INVALID_CONTEXT"],
    ["an empty targeting key", { context: { targetingKey: "" } }, 400, "INVALID_CONTEXT"],
    ["a large body", "x".repeat(101), 413, "GENERAL"],
  ])("%s", async (_name, body, status, errorCode) => {
    const all = await send("", { body });
    expect(all.status).toBe(status);
    expect(all.headers.get("Content-Type")).toBe("application/json");
    const failure = { errorCode, errorDetails: expect.any(String) };
    expect(await all.json()).toEqual(failure);
    const one = await send("/text", { body });
    expect(one.status).toBe(status);
    expect(await one.json()).toEqual({ key: "text", ...failure });
  });

  it.each(["GET", "PUT", "DELETE", "OPTIONS"])("%s is not allowed", async (method) => {
    const response = await send("/text", { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("POST");
  });

  it("other paths are unknown", async () => {
    for (const path of ["-x", "x/text"]) expect((await send(path)).status).toBe(404);
  });

  it("a request that was read before, or is one of Node.js, is a mistake of the program", async () => {
    const { handle } = createOfrep();
    const read = new Request("https://edge.example/", { method: "POST", body: "{}" });
    await read.json();
    for (const request of [read, Object({ url: "/", headers: {} })]) {
      const error = await catchError(handle(request));
      expect(error).toMatchObject({ code: "INVALID_OPTIONS" });
      expect(error.message).toContain("Option request must be a Request of the Fetch API");
    }
  });

  it("an invalid trait is refused with strictTraits", async () => {
    const { evaluate } = createOfrep({ token }, { strictTraits: true });
    const { status, body } = await evaluate("", { targetingKey: "a", plan: "x".repeat(3000) });
    expect(body).toMatchObject({ errorCode: "INVALID_CONTEXT" });
    expect(body.errorDetails).not.toContain("xxx");
    expect(status).toBe(400);
  });
});

it("a refresh that is due continues in waitUntil", async () => {
  const platform = fakeIsolate(() => json(document));
  const flagsmith = localClient(platform);
  await flagsmith.ready();
  await platform.clock.advance(60_000);
  const work: Promise<unknown>[] = [];
  const handle = createOfrepHandler({ flagsmith, public: true });
  const request = new Request("https://edge.example/ofrep/v1/evaluate/flags", {
    method: "POST",
    body: JSON.stringify({ context: { targetingKey: "user-42" } }),
  });
  const response = await handle(request, { waitUntil: (promise) => void work.push(promise) });
  expect(response.status).toBe(200);
  expect(work).toHaveLength(1);
  await Promise.all(work);
  expect(platform.requests).toHaveLength(2);
});

describe("failures", () => {
  it("without a document the response is 500, with the code of the error", async () => {
    const { evaluate } = createOfrep({ token }, { respond: () => json({}, { status: 503 }) });
    const failure = {
      errorCode: "GENERAL",
      errorDetails: "The flags could not be evaluated (API_STATUS).",
    };
    expect(await evaluate("")).toEqual({ status: 500, body: failure });
    expect(await evaluate("/text")).toEqual({ status: 500, body: { key: "text", ...failure } });
  });

  it("default flags of a failed load are no empty environment", async () => {
    const { evaluate } = createOfrep(
      { token },
      { respond: () => json({}, { status: 503 }), onFailure: "empty" },
    );
    expect((await evaluate("")).status).toBe(500);
    expect((await evaluate("/text")).status).toBe(500);
  });

  it("an error of the user's code is logged once, and not sent", async () => {
    const defaultFlagHandler = () => {
      throw new Error("private details");
    };
    const { evaluate, logger } = createOfrep({ token }, { defaultFlagHandler });
    const { status, body } = await evaluate("/other");
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("private");
    await evaluate("/other");
    const logged = logger.warnings.filter((line) => line.includes("OFREP"));
    expect(logged).toEqual([expect.stringContaining("private details")]);
  });
});
