import { expect } from "chai";
import { createClient, createLocalClient, shortTimeout } from "../client.ts";
import type { ContractCase } from "../contract.ts";

const pooled = 12;

/** A pool whose idle connections have all died silently, for example with a firewall that was replaced. */
export const deadConnectionCases: readonly ContractCase[] = [
  {
    name: "dead connections: each call is answered after at most two timeouts",
    async run(context) {
      const { api } = context;
      const client = createClient(context, shortTimeout);
      await Promise.all(Array.from({ length: pooled }, () => client.getEnvironmentFlags()));
      expect(await api.killConnections()).to.be.at.least(1);
      for (let call = 0; call < 4; call++) {
        const flags = await client.getEnvironmentFlags();
        expect(flags.getFeatureValue("max_items")).to.equal(25);
      }
    },
  },
  {
    name: "dead connections: the document is loaded after at most two timeouts",
    async run(context) {
      const { api } = context;
      const remote = createClient(context);
      await Promise.all(Array.from({ length: pooled }, () => remote.getEnvironmentFlags()));
      expect(await api.killConnections()).to.be.at.least(1);
      const client = createLocalClient(context, shortTimeout);
      await client.ready({ timeoutSeconds: 60 });
    },
  },
];
