import { DefaultFlag, Flagsmith, type FlagsmithValue } from "flagsmith-nodejs";

/** A service whose members are injected, as in NestJS. */
class FlagConfiguration {
  readonly configService = new Map([["FLAGSMITH_KEY", "ser.testing"]]);
  readonly defaultFlagHandler = () => new DefaultFlag(null, false);

  get environmentKey(): string {
    return this.configService.get("FLAGSMITH_KEY") ?? "";
  }
}

class FlagService {
  readonly flagsmith = new Flagsmith(new FlagConfiguration());

  async read(featureName: string, traits: Record<string, FlagsmithValue>): Promise<unknown> {
    const flags = await this.flagsmith.getIdentityFlags("user-42", traits);
    return flags.getFeatureValue(featureName);
  }
}

console.log(await new FlagService().read("tier", { plan: "gold" })); // for gold
console.log(await new FlagService().read("unknown", {})); // null
