import { Flagsmith, type TraitConfig } from "flagsmith-nodejs";

const flagsmith = new Flagsmith({ environmentKey: "ser.testing" });

const identifier = "delivery@shop.example";
const plan: TraitConfig = { value: "gold", transient: true };
const flags = await flagsmith.getIdentityFlags(identifier, { plan, age: 30 });
console.log(flags.isFeatureEnabled("tier"), flags.getFeatureValue("tier")); // true for gold

const transient = await flagsmith.getIdentityFlags("visitor", {}, true);
console.log(transient.getFlag("tier").value); // for some
console.log(Object.keys(flags.flags).length, flags.flags["max_items"]?.value); // 7 25
