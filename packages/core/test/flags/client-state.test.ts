// @vitest-environment happy-dom
import { createFlagsmithInstance } from "@flagsmith/flagsmith";
import { expect, it, vi } from "vitest";
import type { Flags } from "../../src/flags/flags.ts";
import { environmentDocument } from "../fake-environment.ts";
import { apiFlag, client, fakePlatform, json, localClient, status } from "../fake-platform.ts";

const list = [
  apiFlag("banner"),
  apiFlag("Max Items", { feature_state_value: 25, id: 2, feature: { id: 4, name: "Max Items" } }),
  apiFlag("off", { enabled: false, feature_state_value: null }),
];

const respond = ({ method }: { method: string | undefined }) =>
  json(method === "POST" ? { flags: list, traits: [] } : list);

const clientSide = { environmentKey: "client-key" };

/** Flags of the environment and of an identity, in both modes. */
const sources: readonly [string, () => Promise<Flags>][] = [
  ["environment flags", () => client(fakePlatform(respond), clientSide).getEnvironmentFlags()],
  ["identity flags", () => client(fakePlatform(respond), clientSide).getIdentityFlags("user")],
  [
    "anonymous flags",
    () => client(fakePlatform(respond), clientSide).getAnonymousFlags({ country: "CH" }),
  ],
  [
    "local anonymous flags",
    async () => {
      const flagsmith = localClient(fakePlatform(() => json(environmentDocument())));
      const flags = await flagsmith.getAnonymousFlags({ plan: "gold" });
      await flagsmith.close();
      return flags;
    },
  ],
  [
    "local flags",
    async () => {
      const platform = fakePlatform(() => json(environmentDocument()));
      const flagsmith = localClient(platform);
      const flags = await flagsmith.getIdentityFlags("user", { plan: "gold" });
      await flagsmith.close();
      return flags;
    },
  ],
];

it.each(sources)("the browser client starts from %s without a request", async (_name, create) => {
  const flags = await create();
  const fetch = vi.fn(async () => json({}));
  const browser = createFlagsmithInstance();
  await browser.init({
    environmentID: "client-key",
    fetch,
    state: JSON.parse(JSON.stringify(flags.toClientState())),
    preventFetch: true,
  });
  const all = flags.allFlags();
  expect(all.length).toBeGreaterThan(0);
  for (const { featureName, enabled, value } of all) {
    expect(browser.hasFeature(featureName)).toBe(enabled);
    expect(browser.getValue(featureName)).toBe(value);
  }
  expect(fetch).not.toHaveBeenCalled();
});

it("the browser client accepts the state without a cast, and keeps its own API", async () => {
  const flags = await client(fakePlatform(respond), clientSide).getEnvironmentFlags();
  const browser = createFlagsmithInstance();
  const api = "https://flags.example/api/v1/";
  const state = flags.toClientState();
  await browser.init({ environmentID: "client-key", api, state, preventFetch: true });
  expect(browser.getState().api).toBe(api);
  expect(browser.getValue("max_items")).toBe(25);
});

it("contains the named features only", async () => {
  const flags = await client(fakePlatform(respond)).getEnvironmentFlags();
  expect(flags.toClientState({ only: ["banner", "nope"] })).toEqual({
    api: "",
    flags: { banner: { id: 3, enabled: true, value: "on" } },
  });
});

it("needs names in remote mode with a server-side key", async () => {
  const flags = await client(fakePlatform(respond)).getEnvironmentFlags();
  expect(() => flags.toClientState()).toThrow(
    expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining("only") }),
  );
});

it.each([null, "banner-2", {}])("rejects the names %j", async (names) => {
  const only = names as unknown as readonly string[];
  const remote = await client(fakePlatform(respond)).getEnvironmentFlags();
  const local = localClient(fakePlatform(() => json(environmentDocument())));
  for (const flags of [remote, await local.getEnvironmentFlags()]) {
    expect(() => flags.toClientState({ only })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  }
  await local.close();
});

it("leaves out features for server-side keys in local evaluation", async () => {
  const project = { id: 1, segments: [], server_key_only_feature_ids: [3] };
  const platform = fakePlatform(() => json(environmentDocument("secret", { project })));
  const flagsmith = localClient(platform, { onFlagEvaluated: () => {} });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.allFlags()).toHaveLength(1);
  expect(flags.toClientState()).toEqual({ api: "", flags: {} });
  expect(flags.toClientState({ only: ["banner"] })).toEqual({ api: "", flags: {} });
  await flagsmith.close();
});

it("null counts as no options", async () => {
  const flags = await client(fakePlatform(respond), clientSide).getEnvironmentFlags();
  expect(flags.toClientState(null as never)).toEqual(flags.toClientState());
});

it("is empty for default flags", async () => {
  const defaultFlagHandler = () => ({ enabled: true });
  const flagsmith = client(
    fakePlatform(() => status(403)),
    { defaultFlagHandler },
  );
  expect((await flagsmith.getEnvironmentFlags()).toClientState()).toEqual({ api: "", flags: {} });
});
