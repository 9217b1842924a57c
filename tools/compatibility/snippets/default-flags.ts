import { type BaseFlag, DefaultFlag, Flagsmith, type FlagsmithConfig } from "flagsmith-nodejs";

const defaults: Record<string, BaseFlag> = {
  pool: { enabled: true, value: "open", isDefault: true },
};
const getDefault = (featureName: string): DefaultFlag =>
  defaults[featureName] ?? new DefaultFlag(undefined, featureName.startsWith("vip_"));

const options: FlagsmithConfig = {
  environmentKey: "ser.testing",
  enableLocalEvaluation: true,
  defaultFlagHandler: getDefault,
};
const flagsmith = new Flagsmith(options);

const flags = await flagsmith.getIdentityFlags("user-42");
const flag: BaseFlag = flags.getFlag("vip_lounge");
console.log(flag.enabled, flag.isDefault, flag.value); // true true undefined
console.log(flags.isFeatureEnabled("lounge")); // false
console.log(flags.getFeatureValue("pool")); // open
await flagsmith.close();
