import { inspect } from "node:util";
import { expect, it } from "vitest";
import { HttpClient } from "../../src/http/fetch.ts";
import { environmentDocument } from "../fake-environment.ts";
import {
  apiFlag,
  apiUrl,
  catchError,
  client,
  fakePlatform,
  json,
  localClient,
  redirect,
  settle,
} from "../fake-platform.ts";

/** A response as a fetch returns it that has followed redirects, or has called another server. */
function from(url: string, body: unknown = []): Response {
  return Object.defineProperty(json(body), "url", { value: url });
}

it.each([
  ["user-42", "user-42"],
  ["user-42", " user-42\n"],
  [" user-42 ", "user-42"],
  ["User-42@Example.com", "user-42@example.COM"],
  ["user-42", undefined],
  ["user-42", null],
])("accepts the flags of %j in a response for %j", async (identifier, returned) => {
  const platform = fakePlatform(() => json({ identifier: returned, flags: [apiFlag("banner")] }));
  const flags = await client(platform).getIdentityFlags(identifier);
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});

it.each(["user-43", "USER-43", ""])(
  "rejects the flags of the identity %j, without a retry",
  async (returned) => {
    const platform = fakePlatform(() => json({ identifier: returned, flags: [apiFlag("banner")] }));
    const error = await catchError(client(platform).getIdentityFlags("user-42"));
    expect(error).toMatchObject({ code: "INVALID_RESPONSE", status: 200 });
    expect(error.message).toContain("of another identity");
    expect(inspect(error)).not.toContain("user-4");
    await settle();
    expect(platform.requests).toHaveLength(1);
  },
);

it.each([
  ["another host", "https://evil.example/api/v1/flags/"],
  ["another port", "https://flags.example:8443/api/v1/flags/"],
  ["http", "http://flags.example/api/v1/flags/"],
])("rejects a response of %s through a custom fetch", async (_name, url) => {
  const platform = fakePlatform(() => from(url, [apiFlag("banner")]));
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error.code).toBe("API_UNREACHABLE");
  expect(error.message).toContain(`from https://flags.example to ${new URL(url).origin};`);
  await settle();
  expect(platform.requests).toHaveLength(1);
});

it.each([`${apiUrl}flags/`, "https://flags.example/elsewhere", ""])(
  "accepts a response of %j through a custom fetch",
  async (url) => {
    const flags = await client(
      fakePlatform(() => from(url, [apiFlag("banner")])),
    ).getEnvironmentFlags();
    expect(flags.isFeatureEnabled("banner")).toBe(true);
  },
);

it.each([
  "/api/v1/admin/?really=yes",
  "/api/v1/environment-document/../admin/",
  "/?page=2",
  "https://user:pass-w0rd@flags.example/api/v1/environment-document/?page=2",
])("does not follow the next page %s", async (link) => {
  const platform = fakePlatform(() =>
    json(environmentDocument(), { headers: { Link: `<${link}>; rel="next"` } }),
  );
  const flagsmith = localClient(platform);
  const error = await catchError(flagsmith.ready());
  expect(error).toMatchObject({ code: "INVALID_RESPONSE" });
  expect(error.message).toContain("has its next page at another path");
  expect(inspect(error)).not.toContain("pass-w0rd");
  expect(platform.requests).toHaveLength(1);
  await flagsmith.close();
});

it("follows the next page without the slash", async () => {
  const Link = '</api/v1/environment-document?page=2>; rel="next"';
  const platform = fakePlatform((_request, count) =>
    json(environmentDocument(), { headers: count === 1 ? { Link } : {} }),
  );
  const flagsmith = localClient(platform);
  await flagsmith.ready();
  expect(platform.requests).toHaveLength(2);
  await flagsmith.close();
});

it("an error about a page does not quote its query", async () => {
  const Link = '<?token=s3cr3t>; rel="next"';
  const platform = fakePlatform((_request, count) =>
    count === 1
      ? json(environmentDocument(), { headers: { Link } })
      : json({ detail: "no" }, { status: 400 }),
  );
  const flagsmith = localClient(platform);
  const error = await catchError(flagsmith.ready());
  expect(error.message).toContain("status 400");
  expect(inspect(error)).not.toContain("s3cr3t");
  await flagsmith.close();
});

it("does not follow a redirect to a URL with credentials", async () => {
  const platform = fakePlatform(() => redirect("https://user:pass-w0rd@flags.example/x"));
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error.message).toBe(
    `GET ${apiUrl}flags/ was redirected to a URL with credentials at https://flags.example.`,
  );
  expect(platform.requests).toHaveLength(1);
});

it("an error about the target of a redirect does not quote it", async () => {
  const platform = fakePlatform(({ url }, count) => {
    if (count === 1) return redirect("/next?token=s3cr3t");
    throw new Error(`fetch of ${url} failed`);
  });
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(inspect(error)).not.toContain("s3cr3t");
});

it("a response whose headers cannot be read is API_UNREACHABLE", async () => {
  const platform = fakePlatform(() =>
    Object.defineProperty(json([]), "headers", {
      get: () => {
        throw new Error("broken");
      },
    }),
  );
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_UNREACHABLE" });
});

it.each([
  [0, false],
  [199, false],
  [200, true],
  [299, true],
  [300, false],
])("a response with the status %i is successful: %s", async (status, isSuccessful) => {
  const text = async () => JSON.stringify([apiFlag("banner")]);
  const response = { status, headers: new Headers(), text } as Response;
  const flagsmith = client(
    fakePlatform(() => response),
    { retries: 0 },
  );
  if (isSuccessful) {
    expect((await flagsmith.getEnvironmentFlags()).isFeatureEnabled("banner")).toBe(true);
  } else {
    const error = await catchError(flagsmith.getEnvironmentFlags());
    expect(error).toMatchObject({ code: "API_STATUS", status });
  }
});

it("a 304 whose body cannot be read is a response", async () => {
  const read = async () => {
    throw new Error("no body");
  };
  const response = { status: 304, headers: new Headers(), text: read } as unknown as Response;
  const http = new HttpClient(
    async () => response,
    (text) => text,
    { maxResponseBytes: 100 },
  );
  const request = { method: "GET", url: apiUrl, headers: {} } as const;
  const { signal } = new AbortController();
  expect(await http.send(request, signal)).toMatchObject({ status: 304, text: "" });
});
