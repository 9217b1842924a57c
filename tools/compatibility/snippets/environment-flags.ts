import { Flagsmith } from "flagsmith-nodejs";

const flagsmith = new Flagsmith({ environmentKey: "ser.testing" });

const flags = await flagsmith.getEnvironmentFlags();
const showsBanner = flags.isFeatureEnabled("banner");
const bannerText = flags.getFeatureValue("banner");
console.log(showsBanner, bannerText); // true plain
