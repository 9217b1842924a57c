import { expect } from "chai";
import { captureRejection, createClient, environmentKey, secretHeader } from "../client.ts";
import type { ContractCase } from "../contract.ts";

/** Remote mode while the API is well. */
export const remoteCases: readonly ContractCase[] = [
  {
    name: "environment flags are those of the API, asked for in one request",
    async run(context) {
      const flags = await createClient(context).getEnvironmentFlags();
      expect(flags.isFeatureEnabled("dark_mode")).to.equal(true);
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(flags.getFlag("banner_text")).to.include({ value: "Summer sale", isDefault: false });
      const document = await context.api.control.document();
      const names = document.feature_states.map(({ feature }) => feature.name);
      expect(flags.allFlags().map(({ featureName }) => featureName)).to.have.members(names);

      const requests = await context.api.control.requests();
      expect(requests).to.have.lengthOf(1);
      expect(requests[0]).to.include({
        method: "GET",
        path: "/api/v1/flags/",
        search: "",
        body: "",
      });
    },
  },
  {
    name: "each request tells the key, who we are, and the application's own headers",
    async run(context) {
      const applicationMetadata = { name: "shop", version: "1.2.3" };
      await createClient(context, { applicationMetadata }).getEnvironmentFlags();
      const [request] = await context.api.control.requests();
      expect(request?.headers).to.include({
        "x-environment-key": environmentKey,
        "x-secret": secretHeader,
        accept: "application/json",
        "flagsmith-application-name": "shop",
        "flagsmith-application-version": "1.2.3",
      });
      const userAgent = /^flagsmith-isomorphic-[a-z-]+\/\d+\.\d+\.\d+$/;
      expect(request?.headers["flagsmith-sdk-user-agent"]).to.match(userAgent);
      expect(request?.headers["user-agent"]).to.match(userAgent);
    },
  },
  {
    name: "a fetch that replaces the runtime's own after the client was made is used",
    async run(context) {
      const client = createClient(context);
      const { fetch } = globalThis;
      const urls: string[] = [];
      globalThis.fetch = (input, init) => {
        urls.push(String(input));
        return fetch(input, init);
      };
      try {
        await client.getEnvironmentFlags();
      } finally {
        globalThis.fetch = fetch;
      }
      expect(urls).to.deep.equal([`${context.api.url}flags/`]);
    },
  },
  {
    name: "identity flags are asked for with the traits, falsy ones included",
    async run(context) {
      const traits = {
        plan: "",
        age: 0,
        beta: false,
        gone: null,
        tmp: { value: 1.5, transient: true },
      };
      const flags = await createClient(context).getIdentityFlags("user-1", traits);
      expect(flags.allFlags()).not.to.have.lengthOf(0);
      const [request] = await context.api.control.requests();
      expect(request).to.include({ method: "POST", path: "/api/v1/identities/" });
      expect(request?.headers["content-type"]).to.equal("application/json");
      expect(JSON.parse(request?.body ?? "")).to.deep.equal({
        identifier: "user-1",
        traits: [
          { trait_key: "plan", trait_value: "" },
          { trait_key: "age", trait_value: 0 },
          { trait_key: "beta", trait_value: false },
          { trait_key: "gone", trait_value: null },
          { trait_key: "tmp", trait_value: 1.5, transient: true },
        ],
      });
    },
  },
  {
    name: "an identity can be transient, by a boolean or by options",
    async run(context) {
      const client = createClient(context);
      await client.getIdentityFlags("user-1", {}, true);
      await client.getIdentityFlags("user-1", {}, { transient: true });
      for (const { body } of await context.api.control.requests()) {
        expect(JSON.parse(body)).to.deep.equal({
          identifier: "user-1",
          traits: [],
          transient: true,
        });
      }
    },
  },
  {
    name: "the traits of one call are not those of the next",
    async run(context) {
      const client = createClient(context);
      await Promise.all([
        client.getIdentityFlags("user-1", { plan: "gold" }),
        client.getIdentityFlags("user-1"),
        client.getIdentityFlags("user-2"),
      ]);
      const bodies = (await context.api.control.requests()).map(({ body }) => body);
      expect(bodies.filter((body) => body.includes("gold"))).to.have.lengthOf(1);
    },
  },
  {
    name: "what cannot be a trait or an identifier is an error before any request",
    async run(context) {
      const client = createClient(context, { defaultFlagHandler: () => ({ enabled: true }) });
      const bad: readonly (readonly [unknown, unknown, string])[] = [
        ["user-1", { "my trait": Number.NaN }, "INVALID_TRAIT"],
        ["user-1", { "my trait": { nested: 1 } }, "INVALID_TRAIT"],
        ["user-1", { "my trait": () => 1 }, "INVALID_TRAIT"],
        ["user-1", { "my trait": "x".repeat(2001) }, "INVALID_TRAIT"],
        ["user-1", { "my trait": 2 ** 31 }, "INVALID_TRAIT"],
        ["user-1", { "my trait": "a\0b" }, "INVALID_TRAIT"],
        ["", {}, "INVALID_IDENTIFIER"],
        ["x".repeat(2001), {}, "INVALID_IDENTIFIER"],
        [42, {}, "INVALID_IDENTIFIER"],
      ];
      for (const [identifier, traits, code] of bad) {
        const call = client.getIdentityFlags(
          identifier as string,
          traits as Record<string, string>,
        );
        const error = await captureRejection(call);
        expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
        expect(error).to.include({ code });
        if (code === "INVALID_TRAIT") expect(String(error)).to.include("my trait");
      }
      expect(await context.api.control.requests()).to.have.lengthOf(0);
    },
  },
  {
    name: "an unknown feature is a disabled default flag, or what the handler says",
    async run(context) {
      const plain = await createClient(context).getEnvironmentFlags();
      expect(plain.getFlag("nope")).to.include({
        enabled: false,
        value: undefined,
        isDefault: true,
      });

      const { DefaultFlag } = context.adapter;
      const defaultFlagHandler = (name: string) => new DefaultFlag(`${name}!`, true);
      const handled = await createClient(context, { defaultFlagHandler }).getIdentityFlags(
        "user-1",
      );
      expect(handled.getFlag("nope")).to.include({
        enabled: true,
        value: "nope!",
        isDefault: true,
      });
      expect(handled.getFlag("max_items")).to.include({ value: 25, isDefault: false });
    },
  },
  {
    name: "a default-flag handler that throws reaches the caller",
    async run(context) {
      const problem = new Error("handler");
      const defaultFlagHandler = () => {
        throw problem;
      };
      const flags = await createClient(context, { defaultFlagHandler }).getEnvironmentFlags();
      expect(() => flags.getFlag("nope")).to.throw(problem);
      expect(flags.getFeatureValue("max_items")).to.equal(25);
    },
  },
  {
    name: "what a caller does to a flag changes no other",
    async run(context) {
      const flags = await createClient(context).getEnvironmentFlags();
      Object.assign(flags.getFlag("max_items"), { value: "changed" });
      Object.assign(flags.allFlags()[0] ?? {}, { value: "changed" });
      expect(JSON.stringify(flags)).not.to.include("changed");
      expect(flags.getFeatureValue("max_items")).to.equal(25);
    },
  },
  {
    name: "a cache saves the request for the same identity and traits, and for no others",
    async run(context) {
      const kept = new Map<string, string>();
      const cache = {
        get: (key: string) => JSON.parse(kept.get(key) ?? "null"),
        set: (key: string, flags: unknown) => kept.set(key, JSON.stringify(flags)),
      };
      const client = createClient(context, { cache });
      const first = await client.getIdentityFlags("user-1", { plan: "gold", age: 3 });
      const second = await client.getIdentityFlags("user-1", { age: 3, plan: "gold" });
      expect(second.allFlags()).to.deep.equal(first.allFlags());
      expect(await context.api.control.requests()).to.have.lengthOf(1);
      await client.getIdentityFlags("user-1", { plan: "free", age: 3 });
      await client.getEnvironmentFlags();
      expect(await context.api.control.requests()).to.have.lengthOf(3);
      const keys = [...kept.keys()].join();
      expect(keys).not.to.match(/user-1|gold|contract/);
    },
  },
  {
    name: "a cache or logger that throws changes no answer",
    async run(context) {
      const fail = (): never => {
        throw new Error("callback");
      };
      const client = createClient(context, {
        cache: { get: fail, set: fail },
        logger: { warn: fail, error: fail },
      });
      const flags = await client.getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      expect(flags.getFlag("nope").enabled).to.equal(false);
    },
  },
  {
    name: "the caller's abort ends the call with its reason, before and during the request",
    async run(context) {
      const client = createClient(context, { defaultFlagHandler: () => ({ enabled: true }) });
      const reason = new Error("enough");
      const aborted = client.getEnvironmentFlags({ signal: AbortSignal.abort(reason) });
      expect(await captureRejection(aborted)).to.equal(reason);
      expect(await context.api.control.requests()).to.have.lengthOf(0);

      await context.api.control.failNext(9, { kind: "hang" });
      const controller = new AbortController();
      const call = client.getIdentityFlags("user-1", {}, { signal: controller.signal });
      setTimeout(() => controller.abort(reason), 100);
      expect(await captureRejection(call)).to.equal(reason);
      expect(await context.api.control.requests()).to.have.lengthOf(1);
    },
  },
  {
    name: "after close() a call is refused",
    async run(context) {
      const client = createClient(context);
      await client.close();
      await client.close();
      expect(await captureRejection(client.getEnvironmentFlags())).to.include({ code: "CLOSED" });
    },
  },
];
