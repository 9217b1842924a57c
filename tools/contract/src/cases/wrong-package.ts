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
      for (const construct of constructors) {
        expect(construct)
          .to.throw(adapter.FlagsmithClientError, '"@flagsmith-isomorphic/edge"')
          .with.property("code", "WRONG_RUNTIME");
      }
    },
  },
];
