import type { Identity, Workload, WorkloadFlag } from "../workload/workload.ts";

/** Adapts a client to the workloads. */
export interface Contender {
  /** Whether the client hashes like Flagsmith, so that percentage rules have the same result. */
  readonly hashesLikeFlagsmith: boolean;
  /** Writes the workload in the format of the client. */
  configure(workload: Workload): string;
  /** Creates a client that evaluates this configuration. */
  open(configuration: string): Promise<BenchClient>;
}

/** A client with a configuration. `Subject` is an identity as the client expects it. */
export interface BenchClient<Subject = unknown, Evaluated = Subject> {
  /** Converts an identity. This is not measured: applications have the identity in the form they need. */
  prepare(identity: Identity): Subject;
  /** Evaluates an identity, for clients that return a promise of its flags. */
  evaluate?(subject: Subject): Promise<Evaluated>;
  /** Returns whether a toggle is enabled, or the value of another flag. */
  readFlag(evaluated: Evaluated, flag: Pick<WorkloadFlag, "name" | "kind">): unknown;
  /** Evaluates all flags and returns how many there are. */
  countFlags(evaluated: Evaluated): number | Promise<number>;
  /** Returns all flags by name, for clients that hash like Flagsmith. */
  listFlags?(evaluated: Evaluated): ReadonlyMap<string, InspectedFlag>;
  /** Replaces the configuration. */
  refresh(configuration: string): Promise<void>;
}

export interface InspectedFlag {
  readonly enabled: boolean;
  readonly value?: unknown;
}
