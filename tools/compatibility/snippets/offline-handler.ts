import { readFileSync } from "node:fs";
import { BaseOfflineHandler, type EnvironmentModel, Flagsmith } from "flagsmith-nodejs";

class CustomOfflineHandler extends BaseOfflineHandler {
  getEnvironment(): EnvironmentModel {
    return JSON.parse(readFileSync("environment.json", "utf8"));
  }
}

const offlineHandler = new CustomOfflineHandler();
const flagsmith = new Flagsmith({ offlineMode: true, offlineHandler });
const flags = await flagsmith.getEnvironmentFlags();
console.log(flags.getFeatureValue("max_items")); // 25
