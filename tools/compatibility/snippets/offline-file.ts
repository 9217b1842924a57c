import { Flagsmith, LocalFileHandler } from "flagsmith-nodejs";

const localFileHandler = new LocalFileHandler("environment.json");
const flagsmith = new Flagsmith({ offlineMode: true, offlineHandler: localFileHandler });

const flags = await flagsmith.getIdentityFlags("user-42", { plan: "gold" });
console.log(flags.getFeatureValue("tier")); // for gold
