import { Flagsmith } from "flagsmith-nodejs";

const flagsmith = new Flagsmith({
  environmentKey: "ser.testing",
  enableLocalEvaluation: true,
  defaultFlagHandler: () => ({ enabled: false, isDefault: true, value: { colour: "#ababab" } }),
});

const flags = await flagsmith.getIdentityFlags("user-42");
console.log(flags.isFeatureEnabled("unknown"), flags.getFlag("unknown").isDefault); // false true
await flagsmith.close();
