// The workloads of the benchmark, independent of any product. Each contender converts them to its own format.

export const workloadNames = ["S", "M", "L"] as const;

export type WorkloadName = (typeof workloadNames)[number];

export interface Workload {
  readonly flags: readonly WorkloadFlag[];
  readonly segments: readonly WorkloadSegment[];
  readonly identities: readonly Identity[];
}

export interface Identity {
  readonly identifier: string;
  readonly traits: Readonly<Record<string, string | number | boolean>>;
}

export interface WorkloadFlag {
  readonly id: number;
  readonly name: string;
  /** The result of a toggle is whether it is enabled. Other flags are always enabled: their result is a text. */
  readonly kind: "toggle" | "text" | "multivariate";
  readonly state: FlagState;
  /** In the order of their priority: the first one that matches wins. */
  readonly segmentOverrides: { readonly segment: WorkloadSegment; readonly state: FlagState }[];
  /** They win over all segments. */
  readonly identityOverrides: { readonly identifier: string; readonly state: FlagState }[];
}

export interface FlagState {
  readonly id: number;
  readonly uuid: string;
  readonly enabled: boolean;
  readonly value: string | null;
  readonly variants: readonly Variant[];
}

export interface Variant {
  readonly id: number;
  readonly uuid: string;
  readonly optionId: number;
  readonly value: string;
  /** Percentage of the identities. */
  readonly weight: number;
}

/** Matches identities that meet all conditions. */
export interface WorkloadSegment {
  readonly id: number;
  readonly name: string;
  readonly conditions: readonly Condition[];
  /** Percentage of the identities that meet the conditions. Default: all of them. */
  readonly split: number | undefined;
}

interface Operands {
  readonly EQUAL: string;
  readonly NOT_EQUAL: string;
  readonly CONTAINS: string;
  readonly IS_TRUE: true;
  readonly IN: readonly string[];
  readonly AT_LEAST: number;
  readonly LESS_THAN: number;
  readonly VERSION_AT_LEAST: string;
}

type Operator = keyof Operands;

export type Condition<O extends Operator = Operator> = {
  readonly [K in O]: {
    readonly operator: K;
    readonly trait: string;
    readonly operand: Operands[K];
  };
}[O];

/** Converts conditions, with one function per operator. */
export type ConditionWriters<Output> = {
  readonly [O in Operator]: (operand: Operands[O], trait: string) => Output;
};

export function writeCondition<Output>(
  writers: ConditionWriters<Output>,
  { operator, operand, trait }: Condition,
): Output {
  // TypeScript does not relate the operator to its operand.
  return writers[operator](operand as never, trait);
}

/** The result of a flag in this state for identities that get no variant. */
export function readResult(
  { kind }: WorkloadFlag,
  { enabled, value }: FlagState,
): boolean | string {
  return kind === "toggle" ? enabled : String(value);
}

/** Percentage of the identities that get no variant. */
export function remainingWeight({ variants }: FlagState): number {
  return variants.reduce((left, { weight }) => left - weight, 100);
}

/** Groups the identities with an override by the result of the flag. */
export function groupOverrides(flag: WorkloadFlag): ReadonlyMap<boolean | string, string[]> {
  const groups = new Map<boolean | string, string[]>();
  for (const { identifier, state } of flag.identityOverrides) {
    const result = readResult(flag, state);
    const group = groups.get(result);
    if (group === undefined) groups.set(result, [identifier]);
    else group.push(identifier);
  }
  return groups;
}
