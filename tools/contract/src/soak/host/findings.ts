import type { ContractResult } from "../../contract.ts";
import type { Testimony } from "../witness.ts";
import type { ApiRecord } from "./disturbed-api.ts";

/** How long, and with which chances. */
export interface SoakPlan {
  readonly seconds: number;
  readonly seed: number;
}

/** What a soak of one runtime has brought to light. */
export interface Findings {
  readonly runtime: string;
  readonly api: ApiRecord;
  readonly clients: Readonly<Record<string, Testimony>>;
  /** Answers older than one before. */
  readonly wentBack: readonly string[];
  /** Clients that had not heard of the last change long after the last fault. */
  readonly late: readonly string[];
  readonly unhandled: readonly string[];
  /** After a garbage collection each. */
  readonly heapBytes: readonly number[];
  /** How many evaluations or events may be on their way at the end, with nobody to hear of them. */
  readonly mayBeUnderWay: boolean;
  /** Figures of this runtime alone, for the table. */
  readonly more: Readonly<Record<string, string | number>>;
  /** What holds on this runtime alone. */
  readonly results: readonly ContractResult[];
}
