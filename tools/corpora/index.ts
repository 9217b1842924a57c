export { acceptedResults, comparable, isAccepted } from "./accepted.ts";
export type {
  Case,
  ConformanceCase,
  Corpora,
  DocumentCase,
  EngineCase,
  Grid,
  RecordedFlag,
  RecordedResult,
  Rules,
} from "./cases.ts";
export { derivedByHand, type Engine, judge, lostInJson } from "./judge.ts";
