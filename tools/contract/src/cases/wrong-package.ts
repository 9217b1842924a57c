import * as nodePackage from "@flagsmith-isomorphic/node";
import { expect } from "chai";
import type { ContractCase } from "../contract.ts";

/** The package for Node.js in an isolate, where the export condition leads to a client that refuses. */
export const wrongPackageCases: readonly ContractCase[] = [
  {
    name: "the package for Node.js names the right package at construction",
    async run({ adapter }) {
      const constructors = [
        () => new nodePackage.Flagsmith({ environmentKey: "ser.key" }),
        () => new nodePackage.LocalFileHandler("environment.json"),
      ];
      // A bundler for Node.js selects this client for "flagsmith-isomorphic" as well, so that is no right package.
      const packages = 'Import "flagsmith-isomorphic/edge" or "@flagsmith-isomorphic/edge".';
      for (const construct of constructors) {
        expect(construct)
          .to.throw(adapter.FlagsmithClientError, packages)
          .with.property("code", "WRONG_RUNTIME");
      }
    },
  },
];
