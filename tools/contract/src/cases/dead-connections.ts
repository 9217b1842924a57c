import { expect } from "chai";
import { createClient, createLocalClient, shortTimeout } from "../client.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

/** Fills the pool of connections and lets all of them die silently, as a firewall that is replaced does. */
async function killPool(context: ContractContext): Promise<void> {
  const client = createClient(context);
  // On Deno, a case that runs at the same time can replace the pool, which closes its idle connections.
  for (let killed = 0; killed === 0; killed = await context.api.killConnections()) {
    await Promise.all(Array.from({ length: 12 }, () => client.getEnvironmentFlags()));
  }
}

/** A pool whose idle connections are all dead. */
export const deadConnectionCases: readonly ContractCase[] = [
  {
    name: "dead connections: each call is answered after at most two timeouts",
    mostlyWaits: true,
    async run(context) {
      await killPool(context);
      const client = createClient(context, shortTimeout);
      for (let call = 0; call < 4; call++) {
        const flags = await client.getEnvironmentFlags();
        expect(flags.getFeatureValue("max_items")).to.equal(25);
      }
    },
  },
  {
    name: "dead connections: the document is loaded after at most two timeouts",
    mostlyWaits: true,
    async run(context) {
      await killPool(context);
      const client = createLocalClient(context, shortTimeout);
      await client.ready({ timeoutSeconds: 60 });
    },
  },
];
