import { createConditions, createIdentities } from "./identities.ts";
import { Random } from "./random.ts";
import type {
  FlagKind,
  FlagState,
  Identity,
  IdentityOverride,
  SegmentOverride,
  Size,
  Variant,
  Workload,
  WorkloadFlag,
  WorkloadSegment,
} from "./workload.ts";

interface Counts {
  readonly flags: number;
  readonly segments: number;
  readonly identityOverrides: number;
}

export const COUNTS: Readonly<Record<Size, Counts>> = {
  S: { flags: 20, segments: 5, identityOverrides: 0 },
  M: { flags: 200, segments: 50, identityOverrides: 20 },
  L: { flags: 1000, segments: 300, identityOverrides: 10_000 },
};

const IDENTITIES = 10_000;
const SEED = 20_261_122;

/** A quarter of the flags is multivariate, another quarter has a value of its own. */
const KINDS: readonly FlagKind[] = ["multivariate", "toggle", "text", "toggle"];
const WORDS = ["checkout", "search", "billing", "profile", "basket", "mail", "report", "invite"];

/** Two in five segments hold a percentage split. */
const isSplit = (segment: number) => segment % 5 === 1 || segment % 5 === 3;

/** Builds the same workload each time. */
export function createWorkload(size: Size): Workload {
  const random = new Random(SEED + COUNTS[size].flags);
  const identities = createIdentities(random, IDENTITIES);
  const states = new StateMaker(random);
  const segments = createSegments(random, COUNTS[size].segments);
  const plans = createPlans(random, states, COUNTS[size].flags);
  overrideBySegments(random, states, { plans, segments });
  const overridden = identities.slice(0, COUNTS[size].identityOverrides);
  overrideByIdentities(random, states, { plans, identities: overridden });
  return { size, flags: plans.map(toFlag), segments, identities };
}

interface FlagPlan {
  readonly id: number;
  readonly name: string;
  readonly kind: FlagKind;
  readonly state: FlagState;
  readonly bySegment: { readonly segment: WorkloadSegment; readonly state: FlagState }[];
  readonly byIdentity: IdentityOverride[];
}

function createSegments(random: Random, count: number): WorkloadSegment[] {
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    name: `segment_${i + 1}`,
    conditions: createConditions(random),
    split: isSplit(i) ? random.integer(10, 90) : undefined,
  }));
}

function createPlans(random: Random, states: StateMaker, count: number): FlagPlan[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = KINDS[i % KINDS.length] ?? "toggle";
    return {
      id: i + 1,
      name: `${random.pick(WORDS)}_${random.pick(WORDS)}_${i + 1}`,
      kind,
      state: states.base(kind, i + 1),
      bySegment: [],
      byIdentity: [],
    };
  });
}

/** Each segment overrides one or two flags. */
function overrideBySegments(
  random: Random,
  states: StateMaker,
  { plans, segments }: { plans: readonly FlagPlan[]; segments: readonly WorkloadSegment[] },
): void {
  for (const segment of segments) {
    for (const plan of random.pickSome(plans, random.integer(1, 2))) {
      plan.bySegment.push({ segment, state: states.bySegment(plan) });
    }
  }
  // So that the order of priorities is not that of the segments.
  for (const { bySegment } of plans)
    bySegment.splice(0, bySegment.length, ...random.shuffle(bySegment));
}

function overrideByIdentities(
  random: Random,
  states: StateMaker,
  { plans, identities }: { plans: readonly FlagPlan[]; identities: readonly Identity[] },
): void {
  for (const { identifier } of identities) {
    const plan = random.pick(plans);
    plan.byIdentity.push({ identifier, state: states.byIdentity(plan) });
  }
}

function toFlag({ bySegment, byIdentity, ...flag }: FlagPlan): WorkloadFlag {
  const segmentOverrides: SegmentOverride[] = bySegment.map((override, priority) => ({
    ...override,
    priority,
  }));
  return {
    ...flag,
    segmentOverrides,
    identityOverrides: byIdentity,
    hasPercentageRule:
      flag.kind === "multivariate" || bySegment.some(({ segment }) => segment.split !== undefined),
  };
}

/** Makes the states of flags, numbered as Flagsmith numbers them. */
class StateMaker {
  readonly #random: Random;
  #stateId = 0;
  #variantId = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  base(kind: FlagKind, flagId: number): FlagState {
    const isToggle = kind === "toggle";
    return this.#state({
      enabled: isToggle ? this.#random.next() < 0.5 : true,
      value: isToggle ? null : `value-${flagId}`,
      variants: kind === "multivariate" ? this.#variants(flagId) : [],
    });
  }

  /** Flips a toggle, sets another value, or splits the variants in another way. */
  bySegment({ id, kind, state }: FlagPlan): FlagState {
    return this.#state({
      enabled: kind === "toggle" ? !state.enabled : true,
      value: kind === "text" ? `segment-value-${id}-${this.#random.integer(1, 3)}` : state.value,
      variants: kind === "multivariate" ? this.#variants(id) : [],
    });
  }

  /** Flips a toggle, or sets another value. */
  byIdentity({ id, kind, state }: FlagPlan): FlagState {
    return this.#state({
      enabled: kind === "toggle" ? !state.enabled : true,
      value: kind === "toggle" ? null : `identity-value-${id}-${this.#random.integer(1, 2)}`,
      variants: [],
    });
  }

  #state(state: Pick<FlagState, "enabled" | "value" | "variants">): FlagState {
    this.#stateId++;
    return { id: this.#stateId, uuid: this.#random.uuid(), ...state };
  }

  /** Three variants; what is left of the hundred percent sees the flag's own value. */
  #variants(flagId: number): Variant[] {
    return [1, 2, 3].map((option) => {
      this.#variantId++;
      return {
        id: this.#variantId,
        uuid: this.#random.uuid(),
        optionId: flagId * 3 + option - 3,
        value: `variant-${flagId}-${option}`,
        weight: this.#random.integer(1, 6) * 5,
      };
    });
  }
}
