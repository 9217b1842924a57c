export type { Corpora, DocumentCase, Rules } from "./cases.ts";
export { caseLostInJson, casesComputedByHand, findDifferences } from "./compare-engine.ts";
export { type AnyResult, formatComparable, listAllowedResults } from "./results.ts";
