import { Flagsmith } from "flagsmith-nodejs";

const entries = {};
const flagsmith = new Flagsmith({
  environmentKey: "ser.testing",
  cache: {
    has: (key) => Promise.resolve(key in entries),
    get: (key) => entries[key],
    set: (key, value) => {
      entries[key] = value;
    },
  },
});

for (const _call of [1, 2]) {
  const flags = await flagsmith.getIdentityFlags("user-42");
  console.log(flags.getFeatureValue("max_items"), Object.keys(entries).length); // 25 1
}
