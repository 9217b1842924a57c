import type { Adapter } from "flags";
import { expect, it } from "vitest";
import type { FlagsmithEntities } from "../src/identify.ts";
import { toVercelFlags } from "../src/to-vercel-flags.ts";
import { appFlags, createRequest, setUp } from "./support/set-up.ts";

type Request = Parameters<Adapter<unknown, FlagsmithEntities>["decide"]>[0];

/** The parameters that `flags/sveltekit` passes to an adapter: no default, and the same headers for each flag. */
function createParameters(headers: Headers, entities?: FlagsmithEntities) {
  return { headers, cookies: {}, ...(entities && { entities }) } as Omit<Request, "key">;
}

it("flags that are decided one by one are one evaluation", async () => {
  const { api, flagsmithAdapter } = setUp({ client: { enableLocalEvaluation: false } });
  const { dark_mode, max_items } = toVercelFlags(appFlags, flagsmithAdapter);
  const request = createParameters(createRequest().headers, { identifier: "user-3" });
  expect(await dark_mode.adapter.decide({ key: "dark_mode", ...request })).toBe(false);
  expect(await max_items.adapter.decide({ key: "max_items", ...request })).toBe(4);
  expect(api.requests).toHaveLength(1);
});

it("defined flags have their defaults, which the SDK does not pass", async () => {
  const { api, flagsmithAdapter } = setUp({ client: { enableLocalEvaluation: false } });
  const { max_items } = toVercelFlags(appFlags, flagsmithAdapter);
  api.failNext(1, { kind: "status", status: 503 });
  const request = createParameters(createRequest().headers);
  expect(await max_items.adapter.decide({ key: "max_items", ...request })).toBe(10);
  expect(await max_items.adapter.decide({ key: "max_items", ...request })).toBe(25);
});

it("a call without headers is an evaluation of its own", async () => {
  const { flagsmithAdapter } = setUp();
  const request = createParameters(undefined as unknown as Headers, { identifier: "user-3" });
  expect(await flagsmithAdapter.number().decide({ key: "max_items", ...request })).toBe(4);
});

it("a bigint from JavaScript is an identifier", async () => {
  const { flagsmithAdapter } = setUp();
  const entities = { identifier: 3n as unknown as string, traits: { big: 1n as never } };
  const headers = new Headers();
  const decide = (identifier: string) =>
    flagsmithAdapter.string().decide({
      key: "greeting",
      ...createParameters(headers, { ...entities, identifier }),
    });
  expect(await decide(entities.identifier)).toBe("Hello");
  expect(await decide("user-4")).toBe("Hello 4");
});

it("anonymous: false from JavaScript is an identity", async () => {
  const { flagsmithAdapter } = setUp();
  const entities = { identifier: "user-4", anonymous: false as true };
  const request = createParameters(new Headers(), entities);
  expect(await flagsmithAdapter.string().decide({ key: "greeting", ...request })).toBe("Hello 4");
});

const circular: { self?: unknown } = {};
circular.self = circular;

it.each([
  ["a circular object", circular],
  [
    "an object that JSON cannot read",
    {
      toJSON: () => {
        throw new RangeError("unreadable");
      },
    },
  ],
])("%s as a trait costs neither the other traits nor the flags", async (_name, profile) => {
  const { flagsmithAdapter, warnings } = setUp();
  const traits = { plan: "gold", profile: profile as never };
  const request = createParameters(new Headers(), { identifier: "someone", traits });
  const adapter = flagsmithAdapter.number();
  expect(await adapter.decide({ key: "max_items", ...request })).toBe(50);
  expect(warnings).toEqual([expect.stringContaining('Trait "profile"')]);
});

it("identifiers that are bigints are those of different identities", async () => {
  const { api, flagsmithAdapter } = setUp({ client: { enableLocalEvaluation: false } });
  const headers = new Headers();
  for (const identifier of [1n, 2n, 1n]) {
    const request = createParameters(headers, { identifier: identifier as never });
    expect(await flagsmithAdapter.number().decide({ key: "max_items", ...request })).toBe(25);
  }
  expect(api.requests).toHaveLength(2);
});
