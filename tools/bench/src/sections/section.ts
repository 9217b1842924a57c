import type { WorkloadName } from "../workload/workload.ts";

export interface Plan {
  readonly workloads: readonly WorkloadName[];
  /** Names of the contenders. */
  readonly contenders: readonly string[];
  /** Whether rounds are short: enough to see that everything works, but not for results. */
  readonly isQuick: boolean;
}

/** One table: a row for each contender, and a column for each workload or request. */
export interface Section {
  readonly title: string;
  readonly explanation: string;
  readonly columns: readonly Column[];
}

/** The values of one column. */
export interface Column {
  readonly title: string;
  /** Measured values by the name of the contender. Lower is better. */
  readonly values: Readonly<Record<string, number>>;
}
