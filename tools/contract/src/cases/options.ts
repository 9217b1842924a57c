import { expect } from "chai";
import { createClient } from "../client.ts";
import type { ContractCase } from "../contract.ts";

const hidden = "hidden";

/** Options that must be refused, each with the option that the error names. */
const refused: readonly (readonly [option: string, value: unknown])[] = [
  ["environmentKey", ""],
  ["environmentKey", `ser.${hidden}\n`],
  ["environmentKey", `ser.${hidden}ключ`],
  ["environmentKey", undefined],
  ["apiUrl", `ftp://${hidden}/`],
  ["apiUrl", `https://user:${hidden}@localhost/`],
  ["requestTimeoutSeconds", 0],
  ["requestTimeoutSeconds", Number.NaN],
  ["requestTimeoutSeconds", 1e9],
  ["requestDeadlineSeconds", -1],
  ["retries", -1],
  ["retries", { retries: 1, delay: 5 }],
  ["customHeaders", { "X-Token": `${hidden}\r\nX-Other: 1` }],
  ["customHeaders", { "X-Token": `${hidden}\u{1F511}` }],
  ["customHeaders", { [`${hidden}\n`]: "1" }],
  ["customHeaders", { "x-environment-key": hidden }],
  ["applicationMetadata", { name: `${hidden}\n` }],
  ["defaultFlagHandler", hidden],
  ["cache", {}],
  ["logger", hidden],
  ["fetch", hidden],
  ["environmentRefreshSeconds", 1],
];

/** What the constructor does: check, and nothing else. */
export const optionCases: readonly ContractCase[] = [
  ...refused.map(
    ([option, value], index): ContractCase => ({
      name: `a bad ${option} is refused at construction, by name and without its value (${index + 1})`,
      async run(context) {
        const construct = () => createClient(context, { [option]: value });
        expect(construct).to.throw(context.adapter.FlagsmithClientError, option);
        try {
          construct();
        } catch (error) {
          expect(error).to.include({ code: "INVALID_OPTIONS" });
          expect(context.inspect(error)).not.to.include(hidden);
        }
      },
    }),
  ),
  {
    name: "constructing a client sends nothing",
    async run(context) {
      createClient(context);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await context.api.control.requests()).to.have.lengthOf(0);
    },
  },
];
