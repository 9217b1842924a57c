import type { Selection } from "./command-line.ts";
import type { ResultGroup } from "./results.ts";

/** Reports what a part does while it runs. */
interface PartReporter {
  /** Reports the results of a group that has ended. */
  group(group: ResultGroup): void;
  /** Prints a line immediately, also if the output of the part is printed at its end. */
  progress(line: string): void;
}

/** Runs a part. A rejection counts as one failure, besides the groups that were reported before. */
export type RunPart = (
  selection: Pick<Selection, "runtimes" | "caseTexts">,
  reporter: PartReporter,
) => void | Promise<void>;

/** A part of `npm test`. */
export interface Part {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** Path of a module that exports `run`, a {@link RunPart}. */
  readonly module: string;
  /** Whether the part needs the packed packages. */
  readonly needsPackages: boolean;
  /** Whether it mostly waits, so that it runs beside the other parts. */
  readonly mostlyWaits?: boolean;
}
