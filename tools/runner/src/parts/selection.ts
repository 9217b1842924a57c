import { groupResults, type ResultGroup } from "../results.ts";

/** Creates the failure of a part in which no test has one of the texts in its name. */
export function createSelectionFailure(caseTexts: readonly string[]): ResultGroup {
  const texts = caseTexts.map((text) => `"${text}"`).join(" or ");
  const failure = `no test has ${texts} in its name`;
  return groupResults("selection", [{ name: "--case selects tests", failure }]);
}
