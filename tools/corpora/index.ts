export type { Corpora, DocumentCase } from "./cases.ts";
export { caseLostInJson, casesComputedByHand, findDifferences } from "./compare-engine.ts";
export { formatComparable } from "./results.ts";
