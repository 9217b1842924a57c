import {
  type Exchange,
  hasRecordings,
  readExchanges,
  readRecordedKeys,
} from "recordings/exchanges";
import { describe, expect, it } from "vitest";
import { createFlagsmithApi, type FlagsmithApi, type WireFlag } from "../src/index.ts";
import { environmentNameOf, recordedEnvironment, requestOf } from "./support/recordings.ts";

/** Recorded answers that come out of the real server's engine, which this API does not have. */
const NOT_APPLICABLE: Readonly<Record<string, string>> = {
  "invalid regex in a segment":
    "the server's engine fails on the segment; nothing is evaluated here",
};

/** Headers whose value depends on the time or on members the document does not hold. */
const VARYING_HEADERS = ["content-length", "expires", "date"];

const replayed = readExchanges("errors").filter(({ name }) => NOT_APPLICABLE[name] === undefined);

describe.skipIf(!hasRecordings)("Beside a real server's recorded answers", () => {
  it("finds the 57 recorded errors and names every one it leaves out", () => {
    expect(readExchanges("errors")).toHaveLength(57);
    expect(replayed).toHaveLength(57 - Object.keys(NOT_APPLICABLE).length);
  });

  it.each(replayed)("answers the same to: $name", async (exchange) => {
    const { body: recorded } = exchange.response;
    const given = (recorded as { flags?: readonly WireFlag[] } | null)?.flags;
    const api = apiFor(exchange, given);
    const body = await expectSameAnswer(api, exchange);
    if (exchange.name === "empty body") {
      // The identifier is random on both sides.
      expect(body).toEqual({
        ...(recorded as object),
        identifier: expect.stringMatching(/^\w{32}$/),
      });
    } else if (isFlag(recorded)) expect(known(body as WireFlag)).toEqual(known(recorded));
    else if (!isText(recorded)) expect(body).toEqual(recorded);
  });

  it.each(readExchanges("http"))("handles HTTP the same for: $name", async (exchange) => {
    const body = await expectSameAnswer(apiFor(exchange), exchange);
    const { body: recorded } = exchange.response;
    if (isFlag(recorded)) expect(known(body as WireFlag)).toEqual(known(recorded));
    else if (!isText(recorded)) expect(body).toEqual(recorded);
  });

  it.each(readExchanges("flags"))("serves the same flags for: $name", async (exchange) => {
    const body = await expectSameAnswer(apiFor(exchange), exchange);
    const { body: recorded } = exchange.response;
    if (Array.isArray(recorded))
      expect((body as WireFlag[]).map(known)).toEqual(recorded.map(known));
    else if (isFlag(recorded)) expect(known(body as WireFlag)).toEqual(known(recorded));
    else expect(body).toEqual(recorded);
  });

  it.each(readExchanges("analytics"))("takes analytics the same for: $name", async (exchange) => {
    const body = await expectSameAnswer(apiFor(exchange), exchange);
    if (!isText(exchange.response.body)) expect(body).toEqual(exchange.response.body);
  });

  it("answers the recorded identities in their order with the same traits and given flags", async () => {
    const recorded = readExchanges("identities");
    const { document, environmentKey } = recordedEnvironment("production");
    let given: readonly WireFlag[] = [];
    const api = createFlagsmithApi({ document, environmentKey, identityFlags: () => given });
    let compared = 0;
    for (const exchange of recorded) {
      if (environmentNameOf(exchange) !== "production") continue;
      const expected = exchange.response.body as IdentityBody;
      given = expected.flags;
      const answer = (await (await api.fetch(...requestOf(exchange))).json()) as IdentityBody;
      expect({ name: exchange.name, ...withoutIds(answer) }).toEqual({
        name: exchange.name,
        ...withoutIds(expected),
      });
      compared++;
    }
    expect(compared).toBe(recorded.length);
  });
});

interface IdentityBody {
  readonly identifier: string;
  readonly flags: readonly WireFlag[];
  readonly traits: readonly { readonly id: number | null }[];
}

/** Trait ids count up from a start that the recordings do not tell; null stays null. */
function withoutIds({ identifier, flags, traits }: IdentityBody) {
  return { identifier, flags, traits: traits.map(({ id, ...trait }) => [id === null, trait]) };
}

function apiFor(exchange: Exchange, flags?: readonly WireFlag[]): FlagsmithApi {
  const { second, inactive, expired } = readRecordedKeys().extra_server_keys;
  return createFlagsmithApi({
    ...recordedEnvironment(environmentNameOf(exchange)),
    extraKeys: [second, inactive, expired],
    identityFlags: () => flags,
  });
}

async function expectSameAnswer(api: FlagsmithApi, exchange: Exchange): Promise<unknown> {
  const { status, headers, body } = exchange.response;
  const response = await api.fetch(...requestOf(exchange));
  expect(response.status).toBe(status);
  expect(visible(Object.fromEntries(response.headers))).toEqual(visible(headers));
  const text = await response.text();
  if (isText(body)) expect(() => JSON.parse(text)).toThrow();
  if (body === null) expect(text).toBe("");
  return body === null ? null : isText(body) ? text : JSON.parse(text);
}

function visible(headers: Readonly<Record<string, string>>) {
  const kept = Object.entries(headers).filter(
    // Which request headers a browser may send is listed shorter here.
    ([name]) => !VARYING_HEADERS.includes(name) && name !== "access-control-allow-headers",
  );
  return Object.fromEntries(kept);
}

function isText(body: unknown): boolean {
  return typeof (body as { text?: unknown } | null)?.text === "string";
}

function isFlag(body: unknown): body is WireFlag {
  return (body as { feature?: unknown } | null)?.feature !== undefined;
}

/** The document does not hold a feature's dates, description and initial values. */
function known({ feature, ...flag }: WireFlag) {
  const { id, name, type } = feature;
  // Nor does it hold the feature state's own id in every environment: `django_id` is a seed.
  const { id: _, ...rest } = flag;
  return { ...rest, feature: { id, name, type } };
}
