import {
  type Exchange,
  hasRecordings,
  readExchanges,
  readRecordedKeys,
} from "recordings/exchanges";
import { describe, expect, it } from "vitest";
import { createFlagsmithApi, type FlagsmithApi, type WireFlag } from "../src/index.ts";
import { findEnvironmentName, readEnvironment, toFetchArguments } from "./support/recordings.ts";

/** Recorded errors that this API cannot reproduce, with the reason. */
const notApplicable: Readonly<Record<string, string>> = {
  "invalid regex in a segment": "the server's evaluation fails, but this API's does not",
};

/**
 * Recorded errors whose text quotes the server's JSON parser or the name of a Python type. No SDK can
 * depend on it, so that this API words them shorter: only status, headers and shape are compared.
 */
const comparedByShape: readonly string[] = [
  "malformed JSON",
  "NaN trait",
  "not UTF-8",
  "JSON array body",
  "JSON string body",
  "traits as object",
  "trait not an object",
  "v1 malformed",
];

/** Headers whose value depends on the time, or on data that the document does not contain. */
const varyingHeaders = ["content-length", "expires", "date"];

const errors = readExchanges("errors").filter(({ name }) => notApplicable[name] === undefined);

describe.skipIf(!hasRecordings)("recorded responses of a real server", () => {
  it("include 57 errors, of which few are skipped or compared by shape", () => {
    expect(readExchanges("errors")).toHaveLength(57);
    expect(errors).toHaveLength(57 - Object.keys(notApplicable).length);
    const byShape = ["errors", "http", "flags", "analytics"]
      .flatMap(readExchanges)
      .filter(({ name }) => comparedByShape.includes(name));
    expect(byShape.map(({ name }) => name).sort()).toEqual([...comparedByShape].sort());
    for (const { response } of byShape) expect(response.status).toBe(400);
  });

  it.each(errors)("errors: $name", async (exchange) => {
    const { body: recorded } = exchange.response;
    const flags = (recorded as { flags?: readonly WireFlag[] } | null)?.flags;
    const body = await expectSameResponse(createApi(exchange, flags), exchange);
    if (exchange.name === "empty body") {
      // Both identifiers are random.
      expect(body).toEqual({
        ...(recorded as object),
        identifier: expect.stringMatching(/^\w{32}$/),
      });
    } else expectSameBody(body, exchange);
  });

  it.each(readExchanges("http"))("HTTP: $name", async (exchange) => {
    expectSameBody(await expectSameResponse(createApi(exchange), exchange), exchange);
  });

  it.each(readExchanges("flags"))("flags: $name", async (exchange) => {
    const body = await expectSameResponse(createApi(exchange), exchange);
    const { body: recorded } = exchange.response;
    if (Array.isArray(recorded)) {
      expect((body as WireFlag[]).map(pickKnownMembers)).toEqual(recorded.map(pickKnownMembers));
    } else if (isFlag(recorded)) expectSameBody(body, exchange);
    else expect(body).toEqual(recorded);
  });

  it.each(readExchanges("analytics"))("analytics: $name", async (exchange) => {
    expectSameBody(await expectSameResponse(createApi(exchange), exchange), exchange);
  });

  it("identities, in order, with the same traits and prepared flags", async () => {
    const recorded = readExchanges("identities");
    const { document, environmentKey } = readEnvironment("production");
    let flags: readonly WireFlag[] = [];
    const api = createFlagsmithApi({ document, environmentKey, identityFlags: () => flags });
    let compared = 0;
    for (const exchange of recorded) {
      if (findEnvironmentName(exchange) !== "production") continue;
      const expected = exchange.response.body as IdentityBody;
      flags = expected.flags;
      const response = await api.fetch(...toFetchArguments(exchange));
      const body = (await response.json()) as IdentityBody;
      expect({ name: exchange.name, ...omitTraitIds(body) }).toEqual({
        name: exchange.name,
        ...omitTraitIds(expected),
      });
      compared++;
    }
    expect(compared).toBe(recorded.length);
  });

  it("identities, in order, with flags that are evaluated from the document", async () => {
    const api = createFlagsmithApi(readEnvironment("production"));
    const sent = readExchanges("identities").filter(({ name }) => !sendsWholeFloat.includes(name));
    expect(sent).toHaveLength(81 - sendsWholeFloat.length);
    for (const exchange of sent) {
      const { flags } = (await expectSameResponse(api, exchange)) as IdentityBody;
      const { flags: recorded } = exchange.response.body as IdentityBody;
      expect({ name: exchange.name, flags: listEvaluated(flags) }).toEqual({
        name: exchange.name,
        flags: listEvaluated(recorded),
      });
    }
  });
});

/** Recorded requests with a trait such as `42.0`, which JavaScript cannot tell from `42`. */
const sendsWholeFloat: readonly string[] = ["age as float 42.0", "score below", "account float"];

/** Lists what evaluation decides. The engine of that server did not know conditions about flags yet. */
function listEvaluated(flags: readonly WireFlag[]) {
  return flags
    .filter(({ feature }) => feature.name !== "in_flag_dependency")
    .map(({ feature, enabled, feature_state_value: value, variant }) => {
      return { feature: feature.name, enabled, value, variant };
    });
}

interface IdentityBody {
  readonly identifier: string;
  readonly flags: readonly WireFlag[];
  readonly traits: readonly { readonly id: number | null }[];
}

/** Trait ids count up from an unknown start. Only `null` is compared. */
function omitTraitIds({ identifier, flags, traits }: IdentityBody) {
  return { identifier, flags, traits: traits.map(({ id, ...trait }) => [id === null, trait]) };
}

function createApi(exchange: Exchange, flags?: readonly WireFlag[]): FlagsmithApi {
  const { second, inactive, expired } = readRecordedKeys().extra_server_keys;
  return createFlagsmithApi({
    ...readEnvironment(findEnvironmentName(exchange)),
    extraKeys: [second, inactive, expired],
    identityFlags: () => flags,
  });
}

/** Compares status, headers and the kind of body. Returns the body. */
async function expectSameResponse(api: FlagsmithApi, exchange: Exchange): Promise<unknown> {
  const { status, headers, body } = exchange.response;
  const response = await api.fetch(...toFetchArguments(exchange));
  expect(response.status).toBe(status);
  expect(pickComparableHeaders(Object.fromEntries(response.headers))).toEqual(
    pickComparableHeaders(headers),
  );
  const text = await response.text();
  if (isText(body)) expect(() => JSON.parse(text)).toThrow();
  if (body === null) expect(text).toBe("");
  return body === null ? null : isText(body) ? text : JSON.parse(text);
}

/** Compares bodies, except pages: their HTML differs. */
function expectSameBody(body: unknown, { name, response: { body: recorded } }: Exchange): void {
  if (isText(recorded)) return;
  if (comparedByShape.includes(name)) expect(describeShape(body)).toEqual(describeShape(recorded));
  else if (isFlag(recorded)) {
    expect(pickKnownMembers(body as WireFlag)).toEqual(pickKnownMembers(recorded));
  } else expect(body).toEqual(recorded);
}

/** Replaces all values in a JSON value by the names of their types. */
function describeShape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(describeShape);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, describeShape(member)]),
  );
}

function pickComparableHeaders(headers: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !varyingHeaders.includes(name)),
  );
}

function isText(body: unknown): boolean {
  return typeof (body as { text?: unknown } | null)?.text === "string";
}

function isFlag(body: unknown): body is WireFlag {
  return (body as { feature?: unknown } | null)?.feature !== undefined;
}

/** Omits members that the document does not contain: a feature's dates, description and initial values. */
function pickKnownMembers({ feature, ...flag }: WireFlag) {
  const { id, name, type } = feature;
  // In some environments the document lacks the feature state's id: `django_id` is a seed.
  const { id: _, ...rest } = flag;
  return { ...rest, feature: { id, name, type } };
}
