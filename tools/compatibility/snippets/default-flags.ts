import { type BaseFlag, DefaultFlag, Flagsmith, type FlagsmithConfig } from "flagsmith-nodejs";

const options: FlagsmithConfig = {
  environmentKey: "ser.testing",
  enableLocalEvaluation: true,
  defaultFlagHandler: (featureName) => new DefaultFlag(undefined, featureName.startsWith("vip_")),
};
const flagsmith = new Flagsmith(options);

const flags = await flagsmith.getIdentityFlags("user-42");
const flag: BaseFlag = flags.getFlag("vip_lounge");
console.log(flag.enabled, flag.isDefault, flag.value); // true true undefined
console.log(flags.isFeatureEnabled("lounge")); // false
await flagsmith.close();
