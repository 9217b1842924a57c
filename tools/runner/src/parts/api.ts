import { checkApiReports } from "../../../release/src/check-api-reports.ts";
import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Compares the public API with its reports. */
export const run: RunPart = async (_selection, { group }) => {
  group(groupResults("", await checkApiReports()));
};
