import { GrowthBookClient, type UserContext } from "@growthbook/growthbook";
import type { Identity, Workload } from "../workload/workload.ts";
import type { Client, Contender } from "./contender.ts";
import { writeGrowthbookPayload } from "./growthbook-payload.ts";

/** GrowthBook's client for servers. It has no call for all flags, so the adapter loops. */
export const growthbook: Contender = {
  agreesOn: "flags without percentage rules",
  configure: (workload: Workload) => writeGrowthbookPayload(workload),
  load: loadGrowthbook,
};

async function loadGrowthbook(configuration: string): Promise<Client> {
  const client = new GrowthBookClient().initSync({ payload: JSON.parse(configuration) });
  let names = Object.keys(client.getFeatures());
  return {
    prepare: ({ identifier, traits }: Identity): UserContext => ({
      attributes: { id: identifier, ...traits },
    }),
    ask: (subject, { flag, kind }) =>
      kind === "toggle"
        ? client.isOn(flag, subject as UserContext)
        : (client.getFeatureValue(flag, "", subject as UserContext) as string),
    askAll: (subject) => {
      const answers: unknown[] = [];
      for (const name of names)
        answers.push(client.evalFeature(name, subject as UserContext).value);
      return answers.length;
    },
    refresh: async (text) => {
      await client.setPayload(JSON.parse(text));
      names = Object.keys(client.getFeatures());
    },
    close: () => client.destroy(),
  };
}
