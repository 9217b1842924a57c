import { expect, test } from "vitest";
import { compareWithRemote } from "../../src/comparison/index.ts";
import { environmentDocument } from "../fake-environment.ts";
import {
  environmentKey,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
  recordingLogger,
} from "../fake-platform.ts";
import { comparingClient, respondWith } from "./fake-comparison.ts";

fixedRandom();

const truth = environmentDocument();
const [state] = truth.feature_states;

/** Flags of the API that are those of a document without segments, whatever traits it lists. */
function respondWithTraits(traits: object) {
  const respond = respondWith(
    environmentDocument("api", { project: { segments: [] } }),
    () => truth,
  );
  return (...[request, count]: Parameters<typeof respond>) => {
    if (request.body === undefined) return respond(request, count);
    const { identifier } = JSON.parse(request.body);
    const body = JSON.stringify({ identifier, traits });
    return respond({ ...request, body }, count);
  };
}

test("a result equal to that of the API is no difference, whatever traits it has stored", async () => {
  const { flagsmith, platform, compared } = comparingClient(
    respondWithTraits([{ trait_key: "plan", trait_value: "gold" }]),
  );
  await flagsmith.getIdentityFlags("user");
  await platform.clock.advance(1000);
  expect(compared.counts()).toMatchObject({ compared: 1, unconfirmed: 0 });
  await flagsmith.close();
});

test("a result with the traits of the call is compared with an API that has none", async () => {
  const { flagsmith, platform, compared } = comparingClient(respondWithTraits([]));
  await flagsmith.getIdentityFlags("user", { plan: "gold" });
  await platform.clock.advance(1000);
  expect(compared.counts()).toMatchObject({ compared: 1, unconfirmed: 1 });
  await flagsmith.close();
});

test("flags of the environment ignore variants and segments, and need the key", async () => {
  const option = { value: "a", key: "A" };
  const variants = [{ id: 1, percentage_allocation: 100, multivariate_feature_option: option }];
  const condition = { operator: "IS_NOT_SET", property_: "plan", value: null };
  const everyone = {
    id: 11,
    name: "everyone",
    rules: [{ type: "ALL", rules: [], conditions: [condition] }],
    feature_states: [{ ...state, feature_state_value: "b", feature_segment: { priority: 0 } }],
  };
  const split = environmentDocument("api", {
    feature_states: [{ ...state, multivariate_feature_state_values: variants }],
    project: { id: 1, name: "Shop", segments: [everyone] },
  });
  const { flagsmith, platform, compared, comparisons } = comparingClient(
    respondWith(split, () => split),
  );
  await flagsmith.getEnvironmentFlags();
  await platform.clock.advance(1000);
  expect(compared.counts()).toMatchObject({ compared: 1, failed: 0, unconfirmed: 0 });
  expect(comparisons()[0]?.headers["x-environment-key"]).toBe(environmentKey);
  await flagsmith.close();
});

test("ten differences at most await their confirmation", async () => {
  const { flagsmith, platform, compared, comparisons } = comparingClient(
    respondWith(truth, () => environmentDocument("old")),
  );
  for (let user = 0; user < 12; user++) {
    await flagsmith.getIdentityFlags(`user-${user}`);
    await platform.clock.advance(1000);
  }
  expect(compared.counts()).toMatchObject({ compared: 12, unconfirmed: 12 });
  await platform.clock.advance(90_000);
  for (let call = 0; call < 11; call++) {
    await flagsmith.getIdentityFlags("other");
    await platform.clock.advance(1000);
  }
  const identifiers = comparisons().map(({ body }) => JSON.parse(body ?? "").identifier);
  const confirmed = Array.from({ length: 10 }, (_, user) => `user-${user}`);
  expect(identifiers.slice(12)).toEqual([...confirmed, "other"]);
  await flagsmith.close();
});

test("twenty differences at most are reported after each comparison", async () => {
  const createDocument = (value: string) =>
    environmentDocument(value, {
      feature_states: Array.from({ length: 25 }, (_, index) => ({
        ...state,
        feature: { id: index, name: `feature_${index}` },
        feature_state_value: value,
      })),
    });
  const { flagsmith, platform, differences } = comparingClient(
    respondWith(createDocument("new"), () => createDocument("old")),
  );
  const counts: number[] = [];
  for (let round = 0; round < 4; round++) {
    await flagsmith.getEnvironmentFlags();
    await platform.clock.advance(90_000);
    counts.push(differences.length);
  }
  expect(counts).toEqual([0, 20, 20, 25]);
  await flagsmith.close();
});

test("a malformed flag in the responses of the API is logged once", async () => {
  const logger = recordingLogger();
  const { flagsmith, platform, compared } = comparingClient(
    ({ url }) => json(url.includes("document") ? truth : [{ feature: { name: "odd" } }]),
    { options: { logger } },
  );
  for (let call = 0; call < 3; call++) {
    await flagsmith.getEnvironmentFlags();
    await platform.clock.advance(1000);
  }
  expect(compared.counts().compared).toBe(3);
  expect(logger.warnings).toEqual([expect.stringContaining('Feature "odd" is malformed')]);
  await flagsmith.close();
});

test.each([
  ["sampleRate", 2],
  ["sampleRate", -0.1],
  ["sampleRate", Number.NaN],
  ["onDifference", undefined],
  ["maxPerMinute", 0],
])("%s: %j is refused", (option, value) => {
  const options = { sampleRate: 0, onDifference: () => {}, [option]: value };
  expect(() => compareWithRemote(options)).toThrow(
    expect.objectContaining({
      code: "INVALID_OPTIONS",
      message: expect.stringContaining(`Option ${option} `),
    }),
  );
});

test("options are refused as compareWithRemote, because they are no comparison", () => {
  const options = { sampleRate: 0, onDifference: () => {} };
  expect(compareWithRemote(options).counts()).toMatchObject({ compared: 0 });
  expect(() => localClient(fakePlatform(), { compareWithRemote: options as never })).toThrow(
    "compareWithRemote",
  );
});
