import { expect, it } from "vitest";
import { listFeatureValues } from "../../src/integration/index.ts";
import { environmentDocument, offlineHandlerWith } from "../fake-environment.ts";
import { apiFlag, client, fakePlatform, json, localClient } from "../fake-platform.ts";

const [banner] = environmentDocument().feature_states;

it("local evaluation lists variants with their weights, and values for segments", async () => {
  const variants = [
    { id: 2, percentage_allocation: 20.2, multivariate_feature_option: { value: "b", key: null } },
    {
      id: 1,
      percentage_allocation: 10.1,
      multivariate_feature_option: { value: "a", key: "first" },
    },
  ];
  const document = environmentDocument("api", {
    feature_states: [
      { ...banner, multivariate_feature_state_values: variants },
      { ...banner, feature: { id: 4, name: "other" }, enabled: false },
      { ...banner, feature: { id: 5, name: "broken" }, enabled: "yes" },
    ],
  });
  const flagsmith = localClient(fakePlatform(), {
    offlineMode: true,
    enableLocalEvaluation: false,
    offlineHandler: offlineHandlerWith(document),
  });
  expect(listFeatureValues(await flagsmith.getEnvironmentFlags())).toEqual([
    {
      featureName: "banner",
      featureId: 3,
      enabled: true,
      value: "api",
      variants: [
        { key: "first", weight: 10.1, value: "a" },
        { key: null, weight: 20.2, value: "b" },
      ],
      segments: [{ name: "gold", value: "for gold" }],
    },
    {
      featureName: "other",
      featureId: 4,
      enabled: false,
      value: "api",
      variants: [],
      segments: [],
    },
  ]);
});

it("remote evaluation lists the values of the environment", async () => {
  const platform = fakePlatform(() => json([apiFlag("banner")]));
  const flags = await client(platform).getEnvironmentFlags();
  expect(listFeatureValues(flags)).toMatchObject([
    { featureName: "banner", enabled: true, value: "on", variants: [], segments: [] },
  ]);
});
