import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import fsDriver from "unstorage/drivers/fs-lite";
import memoryDriver from "unstorage/drivers/memory";
import { createLocalClient, environmentKey } from "../client.ts";
import { pause, setMaxItems, until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

const clientCount = 6;

/** How long the loads are counted. The interval is a second. */
const countedMs = 5000;

/**
 * Clients that share a store of unstorage, on runtimes with background work.
 *
 * @param folder - an empty folder, which the runtime may read and write
 */
export function sharedStoreCases(folder: string): readonly ContractCase[] {
  const memory = memoryDriver();
  return [
    createCase("memory", () => memory),
    // A driver for each client, as in processes of their own.
    createCase("fs-lite", () => fsDriver({ base: folder })),
  ];
}

function createCase(driver: string, open: () => FlagsmithStorage): ContractCase {
  return {
    name: `unstorage: clients that share the ${driver} driver load for each other`,
    mostlyWaits: true,
    async run(context) {
      const { control } = context.api;
      const options = () => ({ storage: open(), environmentRefreshIntervalSeconds: 1 });
      const clients = Array.from({ length: clientCount }, () =>
        createLocalClient(context, options()),
      );
      await Promise.all(clients.map((client) => client.ready()));
      // The first interval is random.
      await pause(2000);
      const before = await countLoads(context);
      await pause(countedMs);
      const loads = (await countLoads(context)) - before;
      expect(loads).to.be.within(1, (countedMs / 1000) * (clientCount / 2));

      await setMaxItems(control, 26);
      const isChanged = async (client: (typeof clients)[number]) =>
        (await client.getEnvironmentFlags()).getFeatureValue("max_items") === 26;
      await until(async () => (await Promise.all(clients.map(isChanged))).every(Boolean));
      // fs-lite writes files in place: one that two clients write at once may be damaged, until the next write.
      await Promise.all(clients.map((client) => client.close()));
      const last = createLocalClient(context, options());
      await last.updateEnvironment();
      await last.close();
      const key = await context.adapter.storageKey(environmentKey, context.api.url);
      const lease = await open().getItem(`${key}-lease`);
      expect(typeof lease === "string" ? JSON.parse(lease) : lease).to.have.property("digest");
    },
  };
}

async function countLoads({ api }: ContractContext): Promise<number> {
  const requests = await api.control.requests();
  return requests.filter(({ path }) => path.includes("/environment-document/")).length;
}
