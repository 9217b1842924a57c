import type { Answer, FlagKind, Identity, Workload } from "../workload/workload.ts";

/** Something that answers the questions of a workload. */
export interface Contender {
  /** What it must answer exactly as the official client does. */
  readonly agreesOn: "every flag" | "flags without percentage rules";
  /** Writes the workload in its own format. */
  configure(workload: Workload): string;
  /** From the text of a configuration to a client that answers. */
  load(configuration: string): Promise<Client>;
}

/** A question about one flag, in the words of the application that asks. */
export interface Question {
  readonly flag: string;
  readonly kind: FlagKind;
}

/**
 * A client that holds one configuration.
 *
 * Whoever asks is prepared before the clock runs, in the shape the client wants: an application has that at hand.
 */
export interface Client {
  prepare(identity: Identity): unknown;
  /**
   * Where a client answers with a promise of its flags: `ask` and `askAll` are then handed these in the place of the
   * subject, so that a question costs one `await`, as it does in an application.
   */
  readonly evaluate?: (subject: unknown) => Promise<unknown>;
  ask(subject: unknown, question: Question): Answer;
  /** Whether `askAll` answers with a promise; it is not awaited otherwise. */
  readonly asksAll?: "sync" | "async";
  /** Evaluates every flag; the answer is how many there were. */
  askAll(subject: unknown): number | Promise<number>;
  /** Every flag as Flagsmith has it, by name; only where the answers must be those of Flagsmith. */
  inspect?(subject: unknown): ReadonlyMap<string, FlagAnswer>;
  /** Puts a new configuration in the place of the old one. */
  refresh(configuration: string): Promise<void>;
  close(): void;
}

export interface FlagAnswer {
  readonly enabled: boolean;
  readonly value: unknown;
}
