import { expect } from "chai";
import type { ContractCase } from "../contract.ts";

/** The suite runs with the package for all runtimes, which exports the adapter of this one. */
export function singlePackageCases(
  singlePackage: object,
  adapter: object,
): readonly ContractCase[] {
  return [
    {
      name: "flagsmith-isomorphic exports this runtime's adapter itself",
      async run() {
        expect(Object.keys(singlePackage)).to.include("Flagsmith");
        // Bundlers add a default export to modules in CommonJS.
        expect({ ...adapter, default: undefined }).to.include({
          ...singlePackage,
          default: undefined,
        });
      },
    },
  ];
}
