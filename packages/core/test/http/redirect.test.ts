import { inspect } from "node:util";
import { afterEach, expect, it, vi } from "vitest";
import { environmentDocument } from "../fake-environment.ts";
import {
  apiFlag,
  apiUrl,
  catchError,
  client,
  environmentKey,
  fakePlatform,
  json,
  localClient,
  redirect,
  settle,
} from "../fake-platform.ts";
import { sdkHeaders } from "./own-request.ts";

const secureFlags = `${apiUrl}flags/`;

afterEach(() => {
  vi.unstubAllGlobals();
});

it("is followed without URL.canParse, which Workers of 2022 do not have", async () => {
  vi.stubGlobal("URL", Object.assign(class extends URL {}, { canParse: undefined }));
  const platform = fakePlatform((_request, count) =>
    count === 1 ? redirect("/elsewhere") : json([apiFlag("banner")]),
  );
  const flags = await client(platform, { retries: 0 }).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});

it.each([301, 302, 307, 308])(
  "follows a %i that only downgrades to http over https",
  async (code) => {
    const platform = fakePlatform((_request, count) =>
      count === 1 ? redirect("http://flags.example/api/v1/flags", code) : json([apiFlag("banner")]),
    );
    const flags = await client(platform).getEnvironmentFlags();
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    expect(platform.requests.map(({ url }) => url)).toEqual([
      secureFlags,
      "https://flags.example/api/v1/flags",
    ]);
    expect(platform.requests[1]?.headers).toEqual(sdkHeaders);
  },
);

it.each([
  ["has no cancel()", {}],
  ["has a cancel() that never settles", { cancel: () => new Promise(() => undefined) }],
  ["has a cancel() that fails", { cancel: () => Promise.reject(new Error("locked")) }],
])("follows a redirect whose stream %s", async (_name, body) => {
  const platform = fakePlatform((_request, count) =>
    count === 1
      ? Object.defineProperty(redirect("/elsewhere"), "body", { value: body })
      : json([apiFlag("banner")]),
  );
  const flags = await client(platform, { retries: 0 }).getEnvironmentFlags();
  expect(flags.isFeatureEnabled("banner")).toBe(true);
});

it("cancels the body of a redirect", async () => {
  let isCancelled = false;
  const cancel = async () => {
    isCancelled = true;
  };
  const platform = fakePlatform((_request, count) =>
    count === 1
      ? Object.defineProperty(redirect("/elsewhere"), "body", { value: { cancel } })
      : json([]),
  );
  await client(platform).getEnvironmentFlags();
  expect(isCancelled).toBe(true);
});

it("loads the document from an Edge Proxy behind a balancer that ends TLS", async () => {
  const platform = fakePlatform(({ url }) =>
    url.endsWith("/")
      ? redirect("http://flags.example/api/v1/environment-document", 307)
      : json(environmentDocument()),
  );
  const flagsmith = localClient(platform);
  await flagsmith.ready();
  expect(platform.requests.map(({ url }) => url)).toEqual([
    `${apiUrl}environment-document/`,
    `${apiUrl}environment-document`,
  ]);
  await flagsmith.close();
});

it.each([
  ["the same port", "https://flags.example:8443/api/v1/", "http://flags.example:8443", true],
  ["the default port", "https://flags.example:443/api/v1/", "http://flags.example:80", true],
  ["the port of https", "https://flags.example/api/v1/", "http://flags.example:443", true],
  ["another port", "https://flags.example:8443/api/v1/", "http://flags.example", false],
  ["another host", "https://flags.example/api/v1/", "http://evil.example", false],
])("a downgrade to %s stays within the host", async (_name, from, to, isFollowed) => {
  const platform = fakePlatform((_request, count) =>
    count === 1 ? redirect(`${to}/api/v1/flags`) : json([]),
  );
  const call = client(platform, { apiUrl: from }).getEnvironmentFlags();
  if (isFollowed) await call;
  else expect(await catchError(call)).toMatchObject({ code: "API_UNREACHABLE" });
  expect(platform.requests).toHaveLength(isFollowed ? 2 : 1);
  for (const { url } of platform.requests) expect(url).toMatch(/^https:/);
});

it.each(["/login", "/api/v1/flags/?a=b", "/api/v1/flags/"])(
  "does not follow a downgrade to %s",
  async (path) => {
    const platform = fakePlatform(() => redirect(`http://flags.example${path}`));
    const error = await catchError(client(platform).getEnvironmentFlags());
    expect(error.message).toBe(
      `GET ${secureFlags} was redirected from https://flags.example to http://flags.example; the key is not sent without encryption.`,
    );
    await settle();
    expect(platform.requests).toHaveLength(1);
  },
);

it("follows a redirect from http to https only if apiUrl says so", async () => {
  const platform = fakePlatform(() => redirect("https://flags.example/api/v1/flags"));
  const options = { apiUrl: "http://flags.example/api/v1/" };
  const error = await catchError(client(platform, options).getEnvironmentFlags());
  expect(error.message).toContain("to https://flags.example; if that is right, set apiUrl to it");
  expect(platform.requests).toHaveLength(1);
});

it("follows a 303 with a GET without a body", async () => {
  const platform = fakePlatform((_request, count) =>
    count === 1 ? redirect("/result/", 303) : json({ flags: [apiFlag("banner")] }),
  );
  const flags = await client(platform).getIdentityFlags("user-42");
  expect(flags.isFeatureEnabled("banner")).toBe(true);
  expect(platform.requests[1]).toMatchObject({
    method: "GET",
    url: "https://flags.example/result/",
    body: undefined,
  });
  expect(platform.requests[1]?.headers["x-environment-key"]).toBe(environmentKey);
});

it("keeps the GET of a 303 in later redirects", async () => {
  const platform = fakePlatform((_request, count) =>
    count < 3 ? redirect(`/step${count}/`, count === 1 ? 303 : 307) : json({ flags: [] }),
  );
  await client(platform).getIdentityFlags("user-42");
  expect(platform.requests.map(({ method }) => method)).toEqual(["POST", "GET", "GET"]);
});

it.each(["../a?t=s3", `${apiUrl}a?t=s3`])(
  "does not quote the target of a redirect that an error quotes as %s",
  async (quoted) => {
    const platform = fakePlatform((_request, count) => {
      if (count === 1) return redirect("../a?t=s3");
      throw new Error(`connection to ${quoted} was reset`);
    });
    const flagsmith = client(platform, { retries: 0 });
    const error = await catchError(flagsmith.getEnvironmentFlags());
    expect(error.message).toContain("was reset");
    expect(inspect(error)).not.toContain("s3");
  },
);
