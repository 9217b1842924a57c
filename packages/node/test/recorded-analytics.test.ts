import nock from "nock";
import { hasRecordings, readExchanges } from "recordings/exchanges";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Flagsmith } from "../src/index.ts";
import { getHeaders } from "./recorded-responses.ts";

const origin = "https://flagsmith.test";
const file = "analytics";

/** Accepted requests with valid counts only: those that a client sends. */
const accepted = readExchanges(file).filter(({ request, response }) => {
  const counts = Object.values(readCounts(request.body));
  return response.status === 200 && counts.length > 0 && counts.every(isCount);
});

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

function readCounts(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === "object" ? { ...body } : {};
}

function isCount(count: unknown): count is number {
  return typeof count === "number" && Number.isInteger(count);
}

it.runIf(hasRecordings)("has recordings of accepted counts", () => {
  expect(accepted.map(({ name }) => name)).toEqual([
    "v1 counts",
    "v1 unicode name",
    "v1 client key",
  ]);
});

it.for(accepted)("sends evaluations as recorded: $name", async (exchange) => {
  const { request, response } = exchange;
  const counts = readCounts(request.body);
  const flags = Object.keys(counts).map((name) => ({
    feature: { id: 1, name },
    enabled: true,
    feature_state_value: null,
  }));
  nock(origin).get("/api/v1/flags/").reply(200, flags);
  const requests: unknown[] = [];
  nock(origin)
    .post(request.path)
    .reply(function (_path, body) {
      requests.push({ headers: this.req.headers, body });
      return [response.status, "", getHeaders(response)];
    });
  const {
    "User-Agent": _own,
    "Flagsmith-Application-Name": name,
    "Flagsmith-Application-Version": version,
    ...headers
  } = request.headers;
  const flagsmith = new Flagsmith({
    environmentKey: request.headers["X-Environment-Key"],
    apiUrl: `${origin}/api/v1/`,
    enableAnalytics: true,
    applicationMetadata: name === undefined ? undefined : { name, version },
  });
  const evaluated = await flagsmith.getEnvironmentFlags();
  for (const [feature, count] of Object.entries(counts)) {
    for (let remaining = Number(count); remaining > 0; remaining--)
      evaluated.isFeatureEnabled(feature);
  }
  await flagsmith.close();
  const sent = { ...headers, ...(name && { "Flagsmith-Application-Name": name }) };
  const expected = Object.entries(sent).map(([key, value]) => [key.toLowerCase(), value]);
  expect(requests).toEqual([
    { headers: expect.objectContaining(Object.fromEntries(expected)), body: request.body },
  ]);
  expect(flagsmith.deliveryReport().analytics).toMatchObject({
    pending: 0,
    dropped: 0,
    unconfirmed: 0,
  });
});
