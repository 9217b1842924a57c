import { Flagsmith, type FlagsmithConfig } from "flagsmith-nodejs";

const configuration: FlagsmithConfig = {
  environmentKey: "ser.testing",
  apiUrl: "https://flags.example/api/v1/",
  customHeaders: { aHeader: "aValue" },
  enableAnalytics: true,
  enableLocalEvaluation: true,
  environmentRefreshIntervalSeconds: 60,
  requestTimeoutSeconds: 30,
  requestRetryDelayMilliseconds: 200,
  retries: 3,
  defaultFlagHandler: (_featureName: string) => ({ enabled: false, isDefault: true, value: null }),
  onEnvironmentChange: (error: Error | null) => {
    console.log(error === null ? "the environment has changed" : "the update has failed");
  },
};
configuration.retries = 2;
const flagsmith = new Flagsmith(configuration);

await flagsmith.updateEnvironment();
const flags = await flagsmith.getIdentityFlags("user-42", { country: "CH" });
console.log(flags.allFlags().length, flags.getFeatureValue("tier")); // 7 for alps
const segments = await flagsmith.getIdentitySegments("user-42", { country: "CH" });
console.log(segments.map(({ name }) => name).join()); // alps,some
await flagsmith.close();
