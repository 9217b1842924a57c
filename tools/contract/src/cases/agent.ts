import { expect } from "chai";
import { createClient } from "../client.ts";
import type { ContractCase } from "../contract.ts";

/** The option `agent` on Node.js, with an undici dispatcher that connects through a proxy. */
export function agentCases(proxy: {
  readonly agent: object;
  /** Number of connections through the proxy so far. */
  readonly carried: () => number;
}): readonly ContractCase[] {
  return [
    {
      name: "agent: requests go through it, here to a proxy",
      async run(context) {
        const before = proxy.carried();
        const client = createClient(context, { agent: proxy.agent });
        const flags = await client.getIdentityFlags("user-1");
        expect(flags.getFeatureValue("max_items")).to.equal(25);
        expect(proxy.carried()).to.be.above(before);
      },
    },
    createRejectionCase({}),
  ];
}

/** The option `agent` on runtimes whose `fetch` would ignore it. */
export const noAgentCases: readonly ContractCase[] = [
  createRejectionCase({ dispatch: () => true }),
];

function createRejectionCase(agent: object): ContractCase {
  return {
    name: "agent: the constructor rejects an agent that it cannot use",
    async run(context) {
      expect(() => createClient(context, { agent })).to.throw("agent");
    },
  };
}
