export { acceptedResults, comparable, isAccepted, type Rules } from "./accepted.ts";
export type {
  Case,
  ConformanceCase,
  Corpora,
  DocumentCase,
  EngineCase,
  Grid,
  RecordedFlag,
  RecordedResult,
} from "./cases.ts";
export { derivedByHand, type Engine, judge, lostInJson } from "./judge.ts";
