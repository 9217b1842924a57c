import { expect } from "chai";
import { createClient } from "../client.ts";
import { pause } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import { countTimers } from "../timer-count.ts";

const hidden = "hidden";

/** Invalid values by option. Errors name the option and do not contain `hidden`. */
const invalid: readonly (readonly [option: string, value: unknown])[] = [
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

/** Construction checks the options and does nothing else. */
export const optionCases: readonly ContractCase[] = [
  ...invalid.map(
    ([option, value], index): ContractCase => ({
      name: `options: an invalid ${option} is named but not shown (${index + 1})`,
      async run(context) {
        let error: unknown;
        try {
          createClient(context, { [option]: value });
        } catch (thrown) {
          error = thrown;
        }
        expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
        expect(error).to.include({ code: "INVALID_OPTIONS" });
        expect(String(error)).to.include(option);
        expect(context.inspect(error)).not.to.include(hidden);
      },
    }),
  ),
  {
    name: "options: construction starts no timer and no request",
    run: (context) =>
      countTimers(async (timers) => {
        let requests = 0;
        const fetch = async () => {
          requests += 1;
          return new Response();
        };
        createClient(context, { enableLocalEvaluation: true, enableAnalytics: true, fetch });
        expect(timers.max()).to.equal(0);
        await pause(0);
        expect(requests).to.equal(0);
      }),
  },
];
