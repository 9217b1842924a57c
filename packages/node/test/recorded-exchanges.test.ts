import nock from "nock";
import { type Exchange, hasRecordings, readExchanges } from "recordings/exchanges";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Flags, Flagsmith, FlagsmithAPIError, type TraitInput } from "../src/index.ts";
import { getRejection } from "./get-rejection.ts";
import { formatBody, getHeaders } from "./recorded-responses.ts";

const origin = "https://flagsmith.test";

/** Recorded requests that the client never sends, with the reason. */
const notReplayed: Readonly<Record<string, string>> = {
  "one feature: 'dark_mode'": "requests one feature",
  "one feature: 'DARK_MODE'": "requests one feature",
  "one feature: 'nope'": "requests one feature",
  "one feature: ''": "requests one feature",
  "one feature: 'server_only_bool'": "requests one feature",
  "one feature: 'mv_colour'": "requests one feature",
  "one feature, client key, server-only": "requests one feature",
  HEAD: "the client never sends HEAD",
  "without trailing slash": "all URLs of the client end with a slash",
  "traits member left out": "the client sends an empty list of traits, as in 'no traits'",
  "age as float 42.0": "JavaScript writes 42.0 as 42",
  "score below": "JavaScript writes 3.0 as 3",
  "account float": "JavaScript writes 7.0 as 7",
  "list trait": "lists are not valid traits",
  "object trait": "objects are not valid traits",
};

interface IdentityBody {
  readonly identifier: string;
  readonly traits: readonly {
    readonly trait_key: string;
    readonly trait_value: TraitInput;
    readonly transient?: boolean;
  }[];
  readonly transient?: boolean;
}

interface RecordedFlag {
  readonly enabled: boolean;
  readonly feature: { readonly id: number | null; readonly name: string };
  readonly feature_state_value: unknown;
  readonly variant?: string | null;
}

/** A request as the API received it. */
interface ReceivedRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** `null` without a body; JSON is parsed. */
  readonly body: unknown;
}

const received: ReceivedRequest[] = [];

beforeEach(() => {
  nock.disableNetConnect();
  received.length = 0;
});

afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

/** Responds to the next request with this method, whatever its path, and records the request. */
function respondWith(response: Exchange["response"], method: string): void {
  nock(origin)
    .intercept(/.*/, method)
    .reply(function (_path, body) {
      const { method, path, headers } = this.req;
      received.push({ method, path, headers, body: body === "" ? null : body });
      return [response.status, formatBody(response), getHeaders(response)];
    });
}

function createClient(environmentKey: string): Flagsmith {
  return new Flagsmith({ environmentKey, apiUrl: `${origin}/api/v1/`, retries: 0 });
}

/** Makes the call that sends the recorded request. */
function call({ request }: Exchange): Promise<Flags> {
  const flagsmith = createClient(request.headers["X-Environment-Key"] ?? "");
  if (request.method === "GET") return flagsmith.getEnvironmentFlags();
  const { identifier, traits, transient } = request.body as IdentityBody;
  const entries = traits.map(
    ({ trait_key, trait_value, transient }) =>
      [
        trait_key,
        transient === undefined ? trait_value : { value: trait_value, transient },
      ] as const,
  );
  return flagsmith.getIdentityFlags(
    identifier,
    Object.fromEntries(entries) as Record<string, TraitInput>,
    { transient },
  );
}

function readRecordedFlags({ body }: Exchange["response"]): readonly RecordedFlag[] {
  return Array.isArray(body) ? body : (body as { flags: readonly RecordedFlag[] }).flags;
}

/** Returns why the client never sends this request, or `undefined` if it does. */
function findSkipReason({ request, requestText }: Exchange): string | undefined {
  if (request.method === "HEAD") return "the client never sends HEAD";
  if (request.path.includes("?feature=")) return "requests one feature";
  if (!request.path.endsWith("/")) return "all URLs of the client end with a slash";
  const zeroFraction = /"trait_value":(-?(\d+)\.0+)[,}]/.exec(requestText);
  if (zeroFraction) return `JavaScript writes ${zeroFraction[1]} as ${zeroFraction[2]}`;
  if (request.method === "GET") return undefined;
  const { traits } = request.body as Partial<IdentityBody>;
  if (traits === undefined) {
    return "the client sends an empty list of traits, as in 'no traits'";
  }
  const values: readonly unknown[] = traits.map(({ trait_value }) => trait_value);
  if (values.some(Array.isArray)) return "lists are not valid traits";
  if (values.some((value) => typeof value === "object" && value !== null)) {
    return "objects are not valid traits";
  }
  return undefined;
}

const exchanges = [...readExchanges("flags"), ...readExchanges("identities")];
const replayed = exchanges.filter(({ name }) => !(name in notReplayed));

describe.skipIf(!hasRecordings)("recorded exchanges with a real API", () => {
  it.each(replayed.map((exchange) => [exchange.name, exchange] as const))(
    "sends the request and reads the response: %s",
    async (_name, exchange) => {
      const { request, response } = exchange;
      respondWith(response, request.method);

      const flags = await call(exchange);

      expect(received).toHaveLength(1);
      const [first] = received;
      expect(first).toMatchObject({ method: request.method, path: request.path });
      expect(first?.body).toEqual(request.body);
      expect(first?.headers["x-environment-key"]).toBe(request.headers["X-Environment-Key"]);
      expect(first?.headers["content-type"]).toBe(request.headers["Content-Type"]);

      const expected = readRecordedFlags(response).map((flag) => ({
        featureName: flag.feature.name,
        featureId: flag.feature.id ?? undefined,
        enabled: flag.enabled,
        value: flag.feature_state_value,
        variant: flag.variant ?? null,
        isDefault: false,
        reason: undefined,
        experiment: undefined,
      }));
      expect(flags.allFlags()).toEqual(expected);
      for (const { featureName, enabled, value } of expected) {
        expect(flags.isFeatureEnabled(featureName)).toBe(enabled);
        expect(flags.getFeatureValue(featureName)).toBe(value);
      }
    },
  );

  it("are all replayed, except requests that the client never sends", () => {
    const reasons = exchanges.map((exchange) => [exchange.name, findSkipReason(exchange)] as const);
    const skipped = reasons.filter(([, reason]) => reason !== undefined);
    expect(Object.fromEntries(skipped)).toEqual(notReplayed);
    expect(replayed.length + Object.keys(notReplayed).length).toBe(exchanges.length);
    expect(replayed.length).toBeGreaterThan(0);
  });

  const errors = readExchanges("errors").filter(({ response }) => response.status >= 400);
  const distinct = new Map(
    errors.map((exchange) => [
      JSON.stringify([exchange.response.status, formatBody(exchange.response)]),
      exchange,
    ]),
  );

  it.each(
    [...distinct.values()].map(
      (exchange) => [exchange.response.status, exchange.name, exchange] as const,
    ),
  )("reports status %i as API_STATUS: %s", async (status, _name, { response }) => {
    const flagsmith = createClient("any-key");
    for (const [method, getFlags] of [
      ["GET", () => flagsmith.getEnvironmentFlags()],
      ["POST", () => flagsmith.getIdentityFlags("user", { plan: "gold" })],
    ] as const) {
      respondWith(response, method);
      const error = await getRejection(getFlags());
      expect(error).toBeInstanceOf(FlagsmithAPIError);
      expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_STATUS", status });
    }
    expect(received.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  it("include every error status of the API", () => {
    const statuses = new Set(errors.map(({ response }) => response.status));
    expect([...statuses].sort()).toEqual([400, 403, 404, 405, 415, 500]);
    const types = errors.map(({ response }) => response.headers["content-type"]);
    expect(types.some((type) => type?.startsWith("text/html"))).toBe(true);
  });
});
