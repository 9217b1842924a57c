import { Flagsmith, type FlagsmithCache } from "flagsmith-nodejs";

const entries = new Map();
const cache: FlagsmithCache = {
  get: async (key) => entries.get(key),
  set: async (key, value) => {
    entries.set(key, value);
  },
};

const flagsmith = new Flagsmith({ environmentKey: "ser.testing", cache });
for (const _call of [1, 2]) {
  const flags = await flagsmith.getEnvironmentFlags();
  console.log(flags.isFeatureEnabled("off"), entries.size); // false 1
}
