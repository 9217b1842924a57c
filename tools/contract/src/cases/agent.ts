import { expect } from "chai";
import { createClient } from "../client.ts";
import type { ContractCase } from "../contract.ts";

/** Where requests through an agent end up. */
export interface AgentSetup {
  /** A dispatcher of undici that goes through a proxy. */
  readonly agent: object;
  /** How many connections the proxy has carried. */
  readonly carried: () => number;
}

/** Node.js: an agent carries every request. */
export function agentCases({ agent, carried }: AgentSetup): readonly ContractCase[] {
  return [
    {
      name: "requests go through the agent, here a proxy",
      async run(context) {
        const before = carried();
        const flags = await createClient(context, { agent }).getIdentityFlags("user-1");
        expect(flags.getFeatureValue("max_items")).to.equal(25);
        expect(carried()).to.be.above(before);
      },
    },
    {
      name: "an agent that is not a dispatcher is refused",
      async run(context) {
        expect(() => createClient(context, { agent: {} })).to.throw("agent");
      },
    },
  ];
}

/** Runtimes whose fetch ignores an agent. */
export const noAgentCases: readonly ContractCase[] = [
  {
    name: "an agent is refused, because it would be ignored",
    async run(context) {
      const agent = { dispatch: () => true };
      expect(() => createClient(context, { agent })).to.throw("agent");
    },
  },
];
