import nock from "nock";
import { type Exchange, hasRecordings, readExchanges } from "recordings/exchanges";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Flags, Flagsmith, FlagsmithAPIError, type TraitInput } from "../src/index.ts";
import { answerHeaders, bodyText } from "./recorded-answers.ts";

const origin = "https://flagsmith.test";

/** What no legal call asks for, by the exchange's name, each with its reason. */
const notReplayed: Readonly<Record<string, string>> = {
  "one feature: 'dark_mode'": "asks for one feature",
  "one feature: 'DARK_MODE'": "asks for one feature",
  "one feature: 'nope'": "asks for one feature",
  "one feature: ''": "asks for one feature",
  "one feature: 'server_only_bool'": "asks for one feature",
  "one feature: 'mv_colour'": "asks for one feature",
  "one feature, client key, server-only": "asks for one feature",
  HEAD: "no call is a HEAD",
  "without trailing slash": "every URL ends with a slash",
  "traits member left out":
    "a call without traits is written with an empty list, as in 'no traits'",
  "age as float 42.0": "JavaScript writes 42.0 as 42",
  "score below": "JavaScript writes 3.0 as 3",
  "account float": "JavaScript writes 7.0 as 7",
  "list trait": "a trait is no list",
  "object trait": "a trait is no object",
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

/** What arrived at the API. */
interface Arrived {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** `null` without a body; JSON is parsed. */
  readonly body: unknown;
}

const arrived: Arrived[] = [];

beforeEach(() => {
  nock.disableNetConnect();
  arrived.length = 0;
});

afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

/** Gives this answer to one request of the method, wherever it goes, and keeps the request. */
function answerWith(response: Exchange["response"], method: string): void {
  nock(origin)
    .intercept(/.*/, method)
    .reply(function (_path, body) {
      const { method, path, headers } = this.req;
      arrived.push({ method, path, headers, body: body === "" ? null : body });
      return [response.status, bodyText(response), answerHeaders(response)];
    });
}

function clientWith(environmentKey: string): Flagsmith {
  return new Flagsmith({ environmentKey, apiUrl: `${origin}/api/v1/`, retries: 0 });
}

/** Asks as the recorded request did. */
function ask({ request }: Exchange): Promise<Flags> {
  const flagsmith = clientWith(request.headers["X-Environment-Key"] ?? "");
  if (request.method === "GET") return flagsmith.getEnvironmentFlags();
  const { identifier, traits, transient } = request.body as IdentityBody;
  const given = traits.map(
    ({ trait_key, trait_value, transient }) =>
      [
        trait_key,
        transient === undefined ? trait_value : { value: trait_value, transient },
      ] as const,
  );
  return flagsmith.getIdentityFlags(
    identifier,
    Object.fromEntries(given) as Record<string, TraitInput>,
    { transient },
  );
}

function recordedFlags({ body }: Exchange["response"]): readonly RecordedFlag[] {
  return Array.isArray(body) ? body : (body as { flags: readonly RecordedFlag[] }).flags;
}

/** Why no legal call of the client makes this request; `undefined` where one does. */
function whyNotAsked({ request, requestText }: Exchange): string | undefined {
  if (request.method === "HEAD") return "no call is a HEAD";
  if (request.path.includes("?feature=")) return "asks for one feature";
  if (!request.path.endsWith("/")) return "every URL ends with a slash";
  const zeroFraction = /"trait_value":(-?(\d+)\.0+)[,}]/.exec(requestText);
  if (zeroFraction) return `JavaScript writes ${zeroFraction[1]} as ${zeroFraction[2]}`;
  if (request.method === "GET") return undefined;
  const { traits } = request.body as Partial<IdentityBody>;
  if (traits === undefined) {
    return "a call without traits is written with an empty list, as in 'no traits'";
  }
  const values: readonly unknown[] = traits.map(({ trait_value }) => trait_value);
  if (values.some(Array.isArray)) return "a trait is no list";
  if (values.some((value) => typeof value === "object" && value !== null)) {
    return "a trait is no object";
  }
  return undefined;
}

const exchanges = [...readExchanges("flags"), ...readExchanges("identities")];
const replayed = exchanges.filter(({ name }) => !(name in notReplayed));

describe.skipIf(!hasRecordings)("against recorded exchanges with a real API", () => {
  it.each(replayed.map((exchange) => [exchange.name, exchange] as const))(
    "asks and reads as recorded: %s",
    async (_name, exchange) => {
      const { request, response } = exchange;
      answerWith(response, request.method);

      const flags = await ask(exchange);

      expect(arrived).toHaveLength(1);
      const [first] = arrived;
      expect(first).toMatchObject({ method: request.method, path: request.path });
      expect(first?.body).toEqual(request.body);
      expect(first?.headers["x-environment-key"]).toBe(request.headers["X-Environment-Key"]);
      expect(first?.headers["content-type"]).toBe(request.headers["Content-Type"]);

      const expected = recordedFlags(response).map((flag) => ({
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

  it("leaves out only what no legal call asks for, each by its name and with its reason", () => {
    const reasons = exchanges.map((exchange) => [exchange.name, whyNotAsked(exchange)] as const);
    const left = reasons.filter(([, reason]) => reason !== undefined);
    expect(Object.fromEntries(left)).toEqual(notReplayed);
    expect(replayed.length + Object.keys(notReplayed).length).toBe(exchanges.length);
    expect(replayed.length).toBeGreaterThan(0);
  });

  const errors = readExchanges("errors").filter(({ response }) => response.status >= 400);
  const distinct = new Map(
    errors.map((exchange) => [
      JSON.stringify([exchange.response.status, bodyText(exchange.response)]),
      exchange,
    ]),
  );

  it.each(
    [...distinct.values()].map(
      (exchange) => [exchange.response.status, exchange.name, exchange] as const,
    ),
  )("makes a recorded %i an API_STATUS error: %s", async (status, _name, { response }) => {
    const flagsmith = clientWith("any-key");
    for (const [method, call] of [
      ["GET", () => flagsmith.getEnvironmentFlags()],
      ["POST", () => flagsmith.getIdentityFlags("user", { plan: "gold" })],
    ] as const) {
      answerWith(response, method);
      const error = await call().then(
        () => expect.unreachable("It should have failed."),
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(FlagsmithAPIError);
      expect(error).toMatchObject({ name: "FlagsmithAPIError", code: "API_STATUS", status });
    }
    expect(arrived.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  it("has recordings of every status that the API is known to fail with", () => {
    const statuses = new Set(errors.map(({ response }) => response.status));
    expect([...statuses].sort()).toEqual([400, 403, 404, 405, 415, 500]);
    const types = errors.map(({ response }) => response.headers["content-type"]);
    expect(types.some((type) => type?.startsWith("text/html"))).toBe(true);
  });
});
