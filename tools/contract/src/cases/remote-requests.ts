import { expect } from "chai";
import {
  captureRejection,
  createClient,
  createRecordingLogger,
  environmentKey,
  secretHeader,
} from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";

const invalidTraits: readonly unknown[] = [
  Number.NaN,
  { nested: 1 },
  () => 1,
  "x".repeat(2001),
  "a\0b",
];

/** Requests that remote mode sends to a healthy API. */
export const remoteRequestCases: readonly ContractCase[] = [
  {
    name: "remote: getEnvironmentFlags() returns the API's flags with one request",
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
      const expected = { method: "GET", path: "/api/v1/flags/", search: "", body: "" };
      expect(requests[0]).to.include(expected);
    },
  },
  {
    name: "remote: requests contain the key, the user agent and the configured headers",
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
    name: "remote: a global fetch that is replaced after construction is used",
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
    name: "remote: getIdentityFlags() sends all traits, falsy values included",
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
    name: "remote: an identity is transient by a boolean or by an option",
    async run(context) {
      const client = createClient(context);
      await client.getIdentityFlags("user-1", {}, true);
      await client.getIdentityFlags("user-1", {}, { transient: true });
      const bodies = (await context.api.control.requests()).map(({ body }) => JSON.parse(body));
      const expected = { identifier: "user-1", traits: [], transient: true };
      expect(bodies).to.deep.equal([expected, expected]);
    },
  },
  {
    name: "remote: concurrent calls do not share traits",
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
    name: "remote: invalid traits are dropped, with one warning for each reason",
    async run(context) {
      const { control } = context.api;
      const logger = createRecordingLogger();
      const client = createClient(context, { logger });
      for (const value of invalidTraits) {
        const traits = { "my trait": value, plan: "gold" } as Record<string, string>;
        const flags = await client.getIdentityFlags("user-1", traits);
        expect(flags.droppedTraits).to.deep.equal(["my trait"]);
      }
      for (const { body } of await control.requests()) {
        expect(JSON.parse(body).traits).to.deep.equal([{ trait_key: "plan", trait_value: "gold" }]);
      }
      const warnings = logger.lines.filter((line) => line.includes("my trait"));
      expect(warnings).to.deep.equal([...new Set(warnings)]).and.not.to.be.empty;
    },
  },
  {
    name: "remote: strictTraits rejects calls with invalid traits without a request",
    async run(context) {
      const client = createClient(context, { strictTraits: true });
      for (const value of invalidTraits) {
        const traits = { "my trait": value } as Record<string, string>;
        const error = await captureRejection(client.getIdentityFlags("user-1", traits));
        expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
        expect(error).to.include({ code: "INVALID_TRAIT" });
        expect(String(error)).to.include("my trait");
      }
      expect(await context.api.control.requests()).to.have.lengthOf(0);
    },
  },
  {
    name: "remote: invalid identifiers are rejected without a request",
    async run(context) {
      const client = createClient(context, { defaultFlagHandler: () => ({ enabled: true }) });
      for (const identifier of ["", " ", null, undefined, "x".repeat(2001), 1.5]) {
        const error = await captureRejection(client.getIdentityFlags(identifier as string));
        expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
        expect(error).to.include({ code: "INVALID_IDENTIFIER" });
      }
      expect(await context.api.control.requests()).to.have.lengthOf(0);
    },
  },
  {
    name: "remote: a cache saves requests for equal identities and traits only",
    async run(context) {
      const entries = new Map<string, string>();
      const cache = {
        get: (key: string) => JSON.parse(entries.get(key) ?? "null"),
        set: (key: string, flags: unknown) => entries.set(key, JSON.stringify(flags)),
      };
      const client = createClient(context, { cache });
      const first = await client.getIdentityFlags("user-1", { plan: "gold", age: 3 });
      const second = await client.getIdentityFlags("user-1", { age: 3, plan: "gold" });
      expect(second.allFlags()).to.deep.equal(first.allFlags());
      expect(await context.api.control.requests()).to.have.lengthOf(1);
      await client.getIdentityFlags("user-1", { plan: "free", age: 3 });
      await client.getEnvironmentFlags();
      expect(await context.api.control.requests()).to.have.lengthOf(3);
      expect([...entries.keys()].join()).not.to.match(/user-1|gold|contract/);
    },
  },
  {
    name: "remote: an abort ends a call with its reason, before or during the request",
    async run(context) {
      const { control } = context.api;
      const client = createClient(context, { defaultFlagHandler: () => ({ enabled: true }) });
      const reason = new Error("enough");
      const aborted = client.getEnvironmentFlags({ signal: AbortSignal.abort(reason) });
      expect(await captureRejection(aborted)).to.equal(reason);
      expect(await control.requests()).to.have.lengthOf(0);

      await control.failNext(1, { kind: "hang" });
      const controller = new AbortController();
      const { signal } = controller;
      const error = captureRejection(client.getIdentityFlags("user-1", {}, { signal }));
      await until(async () => (await control.requests()).length === 1);
      controller.abort(reason);
      expect(await error).to.equal(reason);
      expect(await control.requests()).to.have.lengthOf(1);
    },
  },
  {
    name: "remote: calls are rejected after close(), which may be called twice",
    async run(context) {
      const client = createClient(context);
      await client.close();
      await client.close();
      for (const scope of [client, client.forRequest()]) {
        expect(await captureRejection(scope.getEnvironmentFlags())).to.include({ code: "CLOSED" });
        expect(await captureRejection(scope.getAnonymousFlags())).to.include({ code: "CLOSED" });
      }
    },
  },
];
