import nock from "nock";
import { hasRecordings, readExchanges } from "recordings/exchanges";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Flagsmith } from "../src/index.ts";
import { answerHeaders } from "./recorded-answers.ts";

const origin = "https://flagsmith.test";
const file = "analytics";

/** What the server has taken counts from: reports that a client could make of its evaluations. */
const taken = readExchanges(file).filter(({ request, response }) => {
  const counts = Object.values(countsOf(request.body));
  return response.status === 200 && counts.length > 0 && counts.every(isCount);
});

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

function countsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === "object" ? { ...body } : {};
}

function isCount(count: unknown): count is number {
  return typeof count === "number" && Number.isInteger(count);
}

it.runIf(hasRecordings)("has recordings of counts that the server took", () => {
  expect(taken.map(({ name }) => name)).toEqual(["v1 counts", "v1 unicode name", "v1 client key"]);
});

it.for(taken)("reports evaluations as the server has taken them: $name", async (exchange) => {
  const { request, response } = exchange;
  const counts = countsOf(request.body);
  const flags = Object.keys(counts).map((name) => ({
    feature: { id: 1, name },
    enabled: true,
    feature_state_value: null,
  }));
  nock(origin).get("/api/v1/flags/").reply(200, flags);
  const arrived: unknown[] = [];
  nock(origin)
    .post(request.path)
    .reply(function (_path, body) {
      arrived.push({ headers: this.req.headers, body });
      return [response.status, "", answerHeaders(response)];
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
  const asked = await flagsmith.getEnvironmentFlags();
  for (const [feature, count] of Object.entries(counts)) {
    for (let left = Number(count); left > 0; left--) asked.isFeatureEnabled(feature);
  }
  await flagsmith.close();
  const sent = { ...headers, ...(name && { "Flagsmith-Application-Name": name }) };
  const lowered = Object.entries(sent).map(([key, value]) => [key.toLowerCase(), value]);
  expect(arrived).toEqual([
    { headers: expect.objectContaining(Object.fromEntries(lowered)), body: request.body },
  ]);
  expect(flagsmith.deliveryReport().analytics).toMatchObject({
    pending: 0,
    dropped: 0,
    unconfirmed: 0,
  });
});
