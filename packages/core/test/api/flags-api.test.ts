import { expect, it } from "vitest";
import { apiUrl, catchError, client, fakePlatform, json, status } from "../fake-platform.ts";
import { body, sdkHeaders, traits } from "../http/own-request.ts";

it("requests the environment's flags with exactly these headers", async () => {
  const platform = fakePlatform();
  await client(platform).getEnvironmentFlags();
  expect(platform.requests).toMatchObject([
    { method: "GET", url: `${apiUrl}flags/`, body: undefined, init: { redirect: "manual" } },
  ]);
  expect(platform.requests[0]?.headers).toEqual(sdkHeaders);
});

it("requests an identity's flags with exactly these headers and this body", async () => {
  const platform = fakePlatform(() => json({ flags: [] }));
  await client(platform).getIdentityFlags("user-42", traits);
  expect(platform.requests).toMatchObject([{ method: "POST", url: `${apiUrl}identities/`, body }]);
  expect(platform.requests[0]?.headers).toEqual({
    ...sdkHeaders,
    "content-type": "application/json",
  });
});

it("sends the custom headers and the application's name and version", async () => {
  const platform = fakePlatform();
  await client(platform, {
    customHeaders: { "X-Tenant": "a", Authorization: "Basic x" },
    applicationMetadata: { name: "shop", version: "1.2.3" },
  }).getEnvironmentFlags();
  expect(platform.requests[0]?.headers).toEqual({
    ...sdkHeaders,
    "x-tenant": "a",
    authorization: "Basic x",
    "flagsmith-application-name": "shop",
    "flagsmith-application-version": "1.2.3",
  });
});

it("sends no version of an application without one", async () => {
  const platform = fakePlatform();
  await client(platform, { applicationMetadata: { name: "shop" } }).getEnvironmentFlags();
  expect(platform.requests[0]?.headers).toEqual({
    ...sdkHeaders,
    "flagsmith-application-name": "shop",
  });
});

it.each([
  [401, "check environmentKey"],
  [403, "check environmentKey"],
  [404, "check apiUrl (…/api/v1/)"],
])("gives advice after a %i", async (code, advice) => {
  const platform = fakePlatform(() => status(code));
  const error = await catchError(client(platform).getEnvironmentFlags());
  expect(error.message).toBe(`GET ${apiUrl}flags/ failed with status ${code}: ${advice}.`);
});
