import { expect, it } from "vitest";
import { readContentType, readErrorReason } from "../../src/http/error-reason.ts";
import {
  apiUrl,
  catchError,
  client,
  environmentKey,
  fakePlatform,
  json,
  localClient,
  recordingLogger,
  status,
} from "../fake-platform.ts";

const read = (body: unknown) => readErrorReason(JSON.stringify(body), (text) => text);

it.each([
  [{ detail: "Invalid or missing Environment Key" }, "Invalid or missing Environment Key"],
  [{ error: "Not allowed." }, "Not allowed"],
  [{ status: "not_found", message: "feature not found" }, "feature not found"],
  [{ error: { code: 7, message: "Too many requests" } }, "Too many requests"],
  [{ detail: [{ loc: ["body"], msg: "Field required" }] }, "Field required"],
  [
    { traits: ["Setting traits not allowed with client key."] },
    "traits: Setting traits not allowed with client key",
  ],
  [
    { traits: [{ trait_key: ["May not be blank."] }, { trait_value: ["Too long."] }] },
    "traits: trait_key: May not be blank., trait_value: Too long",
  ],
  [
    { traits: { non_field_errors: ['Expected a list of items but got type "dict".'] } },
    'traits: Expected a list of items but got type "dict"',
  ],
  [["one", "two"], "one, two"],
  ["a text", "a text"],
  [{ detail: "two\nlines\u001b[31m" }, "two lines [31m"],
  [{ detail: " \n Not  here \r\n today... " }, "Not here today"],
  [{ detail: "", error: "Not allowed" }, "Not allowed"],
  [{ detail: "", name: ["Required"] }, "name: Required"],
  [{ a: { b: { c: { d: { e: "deep" } } } } }, "a: b: c: d: e: deep"],
  [{ a: { b: { c: { d: { e: { f: "too deep" } } } } } }, undefined],
  [{ detail: "x".repeat(200) }, "x".repeat(200)],
  [{ detail: "x".repeat(201) }, `${"x".repeat(199)}…`],
  [{ detail: null, count: 3 }, undefined],
  [{}, undefined],
  [null, undefined],
])("reads %j as %j", (body, reason) => {
  expect(read(body)).toBe(reason);
});

it.each(["", "<h1>Not Found</h1>", '{"detail": "half'])("ignores the text %j", (body) => {
  expect(readErrorReason(body, (text) => text)).toBeUndefined();
});

it("cuts a reason to 200 characters", () => {
  const reason = read({ detail: "x".repeat(1000) });
  expect(reason).toBe(`${"x".repeat(199)}…`);
});

it("removes a secret before it cuts the reason", () => {
  const body = JSON.stringify({ detail: `${"x".repeat(195)}s3cr3t` });
  const reason = readErrorReason(body, (text) => text.replaceAll("s3cr3t", "[redacted]"));
  expect(reason).not.toContain("s3");
});

it("takes little time for a long message", () => {
  const startedAt = performance.now();
  const { length } = read({ detail: `${".".repeat(63_000)}x` }) ?? "";
  expect(length).toBeLessThanOrEqual(200);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

it("survives deeply nested members", () => {
  expect(readErrorReason("[".repeat(5000) + "]".repeat(5000), (text) => text)).toBeUndefined();
});

it.each([
  [403, "Invalid or missing Environment Key", "; check environmentKey"],
  [401, "unknown key", "; check environmentKey"],
  [403, "Organisation is disabled from serving flags.", ""],
  [404, "Given feature not found", ""],
  [404, "Not Found", "; check apiUrl (…/api/v1/)"],
  [400, "JSON parse error - 'NaN'", ""],
  [503, "Down for maintenance", ""],
])("a %i with the reason %j gives the advice %j", async (code, detail, advice) => {
  const platform = fakePlatform(() => json({ detail }, { status: code }));
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  const reason = detail.replace(/\.$/, "");
  expect(error).toMatchObject({ code: "API_STATUS", status: code, reason });
  expect(error.message).toBe(
    `GET ${apiUrl}flags/ failed with status ${code} (application/json): ${reason}${advice}.`,
  );
});

it("gives no advice on a firewall's page", async () => {
  const page = () =>
    new Response("<h1>Blocked</h1>", { status: 403, headers: { "Content-Type": "text/html" } });
  const error = await catchError(client(fakePlatform(page)).getEnvironmentFlags());
  expect(error.message).toBe(`GET ${apiUrl}flags/ failed with status 403 (text/html).`);
  expect(error).toMatchObject({ reason: undefined });
});

it("a reason contains neither the key nor the identity of the request", async () => {
  const secrets = [environmentKey, "user-42", "t0p s3cr3t", "4111111"];
  const platform = fakePlatform(() =>
    json({ traits: [`Bad: ${secrets.join(", ")}, "1" at line 1 is true.`] }, { status: 400 }),
  );
  const call = client(platform).getIdentityFlags("user-42", {
    plan: "t0p s3cr3t",
    card: 4111111,
    short: "1",
    isOld: true,
  });
  const error = await catchError(call);
  const hidden = secrets.map(() => "[redacted]").join(", ");
  // A boolean is no secret, and a common word.
  expect(error).toMatchObject({ reason: `traits: Bad: ${hidden}, [redacted] at line 1 is true` });
});

it("logs the reason of a document that is refused", async () => {
  const logger = recordingLogger();
  const platform = fakePlatform(() =>
    json({ detail: "Organisation is disabled from serving flags." }, { status: 403 }),
  );
  const flagsmith = localClient(platform, { logger });
  await catchError(flagsmith.ready());
  expect(logger.errors).toEqual([
    `Flags could not be loaded: GET ${apiUrl}environment-document/ failed with status 403 (application/json): Organisation is disabled from serving flags. Loading continues at a slower rate.`,
  ]);
  await flagsmith.close();
});

it("an error without a JSON body has no reason", async () => {
  const platform = fakePlatform(() => status(500));
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error).toMatchObject({ reason: undefined });
});

it.each([
  ["text/html; charset=utf-8", "text/html"],
  ["application/problem+json", "application/problem+json"],
  ['"text/html"', undefined],
  ["", undefined],
  [undefined, undefined],
])("reads the content type %j as %j", (header, expected) => {
  const headers = new Headers(header === undefined ? {} : { "Content-Type": header });
  expect(readContentType(headers, (text) => text)).toBe(expected);
});

it.each([200, 400, 500])("the content type of a %i contains no secrets", async (code) => {
  const type = `text/${environmentKey}+user-42+t0p-s3cr3t`;
  const platform = fakePlatform(
    () => new Response("{}", { status: code, headers: { "Content-Type": type } }),
  );
  const call = client(platform, { retries: 0 }).getIdentityFlags("user-42", { plan: "t0p-s3cr3t" });
  const error = await catchError(call);
  expect(error.message).toContain("text/[redacted]+[redacted]+[redacted])");
});

it.each([
  ["is not a token", "text/alice@example.com", "text/[redacted]"],
  ["is cut", `text/${"x".repeat(50)}alice@example.com`, `text/${"x".repeat(50)}[reda`],
])("the content type contains no part of a secret that %s", (_name, header, expected) => {
  const redact = (text: string) => text.replaceAll("alice@example.com", "[redacted]");
  expect(readContentType(new Headers({ "Content-Type": header }), redact)).toBe(expected);
});

it("a page of a firewall is recognized if a trait is a part of its content type", async () => {
  const headers = { "Content-Type": "text/html" };
  const platform = fakePlatform(() => new Response("Blocked", { status: 403, headers }));
  const call = client(platform, { retries: 0 }).getIdentityFlags("user-42", { format: "html" });
  expect((await catchError(call)).message).toMatch(/403 \(text\/\[redacted\]\)\.$/);
});

it("reads no reason from a text that is not JSON", () => {
  expect(readErrorReason("<html>502</html>", String)).toBeUndefined();
});
