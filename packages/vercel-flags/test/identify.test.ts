import { flag } from "flags/next";
import { expect, it, vi } from "vitest";
import {
  type FlagsmithEntities,
  type IdentifyOptions,
  identifyByCookie,
  identifyByHeader,
} from "../src/identify.ts";
import { createRequest, setUp } from "./support/set-up.ts";

/** Identifies a request through the SDK. */
async function identify(
  identifyRequest: ReturnType<typeof identifyByCookie>,
  request: Request,
): Promise<FlagsmithEntities | undefined> {
  let found: FlagsmithEntities | undefined;
  const decide = ({ entities }: { entities?: FlagsmithEntities }) => {
    found = entities;
    return true;
  };
  await flag<boolean, FlagsmithEntities>({ key: "any", identify: identifyRequest, decide })(
    request,
  );
  return found;
}

const withPlan: IdentifyOptions = {
  traits: async ({ headers }) => ({ plan: headers.get("x-plan") ?? "none" }),
};

it("a cookie or a header contains the identifier", async () => {
  const request = createRequest("user%2042", { "x-user": "user-7", "x-plan": "gold" });
  expect(await identify(identifyByCookie("user"), request)).toEqual({ identifier: "user 42" });
  expect(await identify(identifyByHeader("X-User", withPlan), request)).toEqual({
    identifier: "user-7",
    traits: { plan: "gold" },
  });
});

it("without an identifier, flags are those of the environment or of an anonymous identity", async () => {
  const blank = createRequest("%20", { "x-plan": "gold" });
  for (const request of [blank, createRequest(undefined, { "x-plan": "gold" })]) {
    expect(await identify(identifyByCookie("user", withPlan), request)).toBeUndefined();
    const anonymous = identifyByCookie("user", { ...withPlan, anonymous: true });
    expect(await identify(anonymous, request)).toEqual({
      anonymous: true,
      traits: { plan: "gold" },
    });
  }
});

it("null from JavaScript means no user, like undefined", async () => {
  const { flagsmithAdapter } = setUp({ adapter: { identify: () => null as never } });
  const maxItems = flag({ key: "max_items", adapter: flagsmithAdapter.number() });
  expect(await maxItems(createRequest("someone"))).toBe(25);
});

it("traits select segments, for users and for anonymous visitors", async () => {
  const adapter = { identify: identifyByCookie("user", { ...withPlan, anonymous: true }) };
  const { flagsmithAdapter } = setUp({ adapter });
  const maxItems = flag({ key: "max_items", adapter: flagsmithAdapter.number() });
  expect(await maxItems(createRequest(undefined, { "x-plan": "gold" }))).toBe(50);
  expect(await maxItems(createRequest("someone", { "x-plan": "gold" }))).toBe(50);
  expect(await maxItems(createRequest())).toBe(25);
});

it("an identifier that is too long is logged less and less often", async () => {
  const { flagsmithAdapter, warnings } = setUp({ client: { enableLocalEvaluation: false } });
  const adapter = flagsmithAdapter.number();
  const maxItems = flag({ key: "max_items", adapter, defaultValue: 10 });
  const user = "x".repeat(2001);
  for (let count = 0; count < 120; count++) expect(await maxItems(createRequest(user))).toBe(10);
  expect(warnings).toHaveLength(3);
  expect(warnings[2]).toMatch(/cannot be evaluated.*This is failure 100 of this kind\./);
  expect(warnings.join("\n")).not.toContain("xxx");
});

it("a transient identity is not stored", async () => {
  const { api, flagsmithAdapter } = setUp({ client: { enableLocalEvaluation: false } });
  const identify = () => ({ identifier: "someone", transient: true });
  const maxItems = flag({ key: "max_items", adapter: flagsmithAdapter.number(), identify });
  expect(await maxItems(createRequest())).toBe(25);
  expect(api.requests.map(({ body }) => JSON.parse(body))).toEqual([
    { identifier: "someone", transient: true, traits: [] },
  ]);
});

it("an anonymous visitor without traits is evaluated once for each request", async () => {
  const identify = () => ({ anonymous: true as const });
  const { api, flagsmithAdapter } = setUp({
    client: { enableLocalEvaluation: false },
    adapter: { identify },
  });
  const request = createRequest();
  await flag({ key: "tier", adapter: flagsmithAdapter.string() })(request);
  await flag({ key: "max_items", adapter: flagsmithAdapter.number() })(request);
  expect(api.requests).toHaveLength(1);
});

it("an identifier that is missing in code is refused", async () => {
  const log = vi.spyOn(console, "warn").mockReturnValue();
  const { flagsmithAdapter } = setUp();
  const adapter = flagsmithAdapter.number();
  const identifier = undefined as unknown as string;
  const maxItems = flag({ key: "max_items", adapter, identify: () => ({ identifier }) });
  await expect(maxItems(createRequest())).rejects.toMatchObject({ code: "INVALID_IDENTIFIER" });
  log.mockRestore();
});
