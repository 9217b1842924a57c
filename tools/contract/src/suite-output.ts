import type { ContractResult } from "./contract.ts";

/** Line that a suite script prints, as JSON. */
export type SuiteLine = ContractResult | { readonly started: string } | { readonly isDone: true };

/** Prints a line for the host. */
export function printLine(line: SuiteLine): void {
  console.log(JSON.stringify(line));
}

/** Prints the start and the result of cases for the host. */
export const printingListener = {
  onStart: (started: string) => printLine({ started }),
  onResult: printLine,
};
