import { Random } from "./random.ts";
import type {
  Condition,
  FlagState,
  Identity,
  Variant,
  Workload,
  WorkloadFlag,
  WorkloadName,
  WorkloadSegment,
} from "./workload.ts";

const counts: Readonly<
  Record<WorkloadName, { flags: number; segments: number; identityOverrides: number }>
> = {
  S: { flags: 20, segments: 5, identityOverrides: 0 },
  M: { flags: 200, segments: 50, identityOverrides: 20 },
  L: { flags: 1000, segments: 300, identityOverrides: 10_000 },
};

const identityCount = 10_000;
const seed = 20_261_122;

const kinds = ["multivariate", "toggle", "text", "toggle"] as const;
const words = ["checkout", "search", "billing", "profile", "basket", "mail", "report", "invite"];
const plans = ["free", "starter", "team", "business", "enterprise"];
const countries = ["de", "fr", "gb", "us", "in", "br", "jp", "ca", "es", "pl", "za", "au"];
const companies = Array.from({ length: 40 }, (_, i) => `company-${i}`);
const mailHosts = Array.from({ length: 8 }, (_, i) => `mail-${i}.example`);

/** Creates a workload. It is the same on every machine. */
export function createWorkload(name: WorkloadName): Workload {
  const random = new Random(seed + counts[name].flags);
  const identities = createIdentities(random);
  const states = new StateFactory(random);
  const segments = createSegments(random, counts[name].segments);
  const flags = createFlags(random, states, counts[name].flags);
  for (const segment of segments) {
    for (const flag of random.pickSome(flags, random.integer(1, 2))) {
      flag.segmentOverrides.push({ segment, state: states.createSegmentState(flag) });
    }
  }
  // The priorities must not follow the order of the segments.
  for (const { segmentOverrides } of flags) {
    segmentOverrides.splice(0, segmentOverrides.length, ...random.shuffle(segmentOverrides));
  }
  for (const { identifier } of identities.slice(0, counts[name].identityOverrides)) {
    const flag = random.pick(flags);
    flag.identityOverrides.push({ identifier, state: states.createIdentityState(flag) });
  }
  return { flags, segments, identities };
}

/** Describes a workload in a few words. */
export function describeWorkload(name: WorkloadName): string {
  const { flags, segments, identityOverrides } = counts[name];
  return `${flags} flags, ${segments} segments, ${identityOverrides} identity overrides`;
}

function createIdentities(random: Random): Identity[] {
  return Array.from({ length: identityCount }, (_, i) => {
    const identifier = `user-${String(i).padStart(5, "0")}-${random.integer(100000, 999999)}`;
    return {
      identifier,
      traits: {
        plan: random.pick(plans),
        country: random.pick(countries),
        company: random.pick(companies),
        email: `${identifier}@${random.pick(mailHosts)}`,
        beta: random.next() < 0.3,
        age: random.integer(16, 80),
        orders: random.integer(0, 200),
        app_version: `${random.integer(1, 5)}.${random.integer(0, 20)}.${random.integer(0, 9)}`,
      },
    };
  });
}

/** Two in five segments have a percentage split. */
function createSegments(random: Random, count: number): WorkloadSegment[] {
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    name: `segment_${i + 1}`,
    conditions: createConditions(random),
    split: i % 5 === 1 || i % 5 === 3 ? random.integer(10, 90) : undefined,
  }));
}

/** Creates one to three conditions on different traits. */
function createConditions(random: Random): Condition[] {
  const every: Condition[] = [
    { operator: "EQUAL", trait: "plan", operand: random.pick(plans) },
    { operator: "NOT_EQUAL", trait: "company", operand: random.pick(companies) },
    { operator: "IN", trait: "country", operand: random.pickSome(countries, random.integer(3, 6)) },
    { operator: "CONTAINS", trait: "email", operand: random.pick(mailHosts) },
    { operator: "IS_TRUE", trait: "beta", operand: true },
    { operator: "AT_LEAST", trait: "age", operand: random.integer(20, 60) },
    { operator: "LESS_THAN", trait: "orders", operand: random.integer(30, 180) },
    { operator: "VERSION_AT_LEAST", trait: "app_version", operand: `${random.integer(2, 4)}.5.0` },
  ];
  return random.pickSome(every, random.integer(1, 3));
}

function createFlags(random: Random, states: StateFactory, count: number): WorkloadFlag[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length] ?? "toggle";
    return {
      id: i + 1,
      name: `${random.pick(words)}_${random.pick(words)}_${i + 1}`,
      kind,
      state: states.createDefaultState(kind, i + 1),
      segmentOverrides: [],
      identityOverrides: [],
    };
  });
}

/** Creates flag states and variants with the ids that Flagsmith would give them. */
class StateFactory {
  readonly #random: Random;
  #stateId = 0;
  #variantId = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  createDefaultState(kind: WorkloadFlag["kind"], flagId: number): FlagState {
    const isToggle = kind === "toggle";
    return this.#create({
      enabled: isToggle ? this.#random.next() < 0.5 : true,
      value: isToggle ? null : `value-${flagId}`,
      variants: kind === "multivariate" ? this.#createVariants(flagId) : [],
    });
  }

  /** Inverts a toggle, changes the text, or distributes the variants differently. */
  createSegmentState({ id, kind, state }: WorkloadFlag): FlagState {
    return this.#create({
      enabled: kind === "toggle" ? !state.enabled : true,
      value: kind === "text" ? `segment-value-${id}-${this.#random.integer(1, 3)}` : state.value,
      variants: kind === "multivariate" ? this.#createVariants(id) : [],
    });
  }

  /** Inverts a toggle, or changes the text. */
  createIdentityState({ id, kind, state }: WorkloadFlag): FlagState {
    return this.#create({
      enabled: kind === "toggle" ? !state.enabled : true,
      value: kind === "toggle" ? null : `identity-value-${id}-${this.#random.integer(1, 2)}`,
      variants: [],
    });
  }

  #create(state: Pick<FlagState, "enabled" | "value" | "variants">): FlagState {
    this.#stateId++;
    return { id: this.#stateId, uuid: this.#random.uuid(), ...state };
  }

  /** Creates three variants. The remaining identities get the value of the flag. */
  #createVariants(flagId: number): Variant[] {
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
