import type { EnvironmentDocument, EnvironmentSnapshot } from "flagsmith-isomorphic";
import type { SampleIdentity } from "./csv.ts";
import { listParts } from "./document-parts.ts";

/** The state and the value of a flag. `null` if the feature does not exist. */
export type FlagState = { readonly enabled: boolean; readonly value: unknown } | null;

/** A flag that two documents give an identity. */
interface IdentityChange {
  readonly identifier: string;
  readonly from: FlagState;
  readonly to: FlagState;
}

/** How a feature differs between two documents. */
export interface FeatureChange {
  readonly feature: string;
  readonly kind: "added" | "removed" | "changed";
  /** The flag of the environment, without an identity. */
  readonly environment: { readonly from: FlagState; readonly to: FlagState };
  /** The segments whose rules or whose overrides of this feature differ. */
  readonly segments: readonly string[];
  readonly variantsChanged: boolean;
  readonly identityOverridesChanged: boolean;
  /** The identities of the sample that get another flag. */
  readonly identities: readonly IdentityChange[];
}

/** One of two documents. */
interface ComparedDocument {
  readonly document: EnvironmentDocument;
  readonly snapshot: EnvironmentSnapshot;
}

/** Identities between two pauses, in which the process reports its progress. */
const identitiesPerPause = 200;

/** Compares two documents, and their flags for a sample of identities. Ignores what cannot change a flag. */
export async function compareDocuments(
  from: ComparedDocument,
  to: ComparedDocument,
  sample: readonly SampleIdentity[],
): Promise<readonly FeatureChange[]> {
  const [before, described] = [describeDocument(from), describeDocument(to)];
  const after = { ...described, segments: matchSegments(before.segments, described.segments) };
  const identities = await compareIdentities(from.snapshot, to.snapshot, sample);
  const names = new Set([...before.features.keys(), ...after.features.keys()]);
  const changes = Array.from(names, (feature): FeatureChange => {
    const [old, next] = [before.features.get(feature), after.features.get(feature)];
    return {
      feature,
      kind: old === undefined ? "added" : next === undefined ? "removed" : "changed",
      environment: { from: old?.state ?? null, to: next?.state ?? null },
      segments: listChangedSegments(before, after, feature),
      variantsChanged: old !== undefined && next !== undefined && old.variants !== next.variants,
      identityOverridesChanged: before.overrides.get(feature) !== after.overrides.get(feature),
      identities: identities.get(feature) ?? [],
    };
  });
  return changes.filter(
    ({ environment, segments, variantsChanged, identityOverridesChanged, identities }) =>
      !isSame(environment.from, environment.to) ||
      segments.length > 0 ||
      variantsChanged ||
      identityOverridesChanged ||
      identities.length > 0,
  );
}

type State = EnvironmentDocument["feature_states"][number];

interface ComparedSegment {
  readonly name: string;
  readonly rules: string;
  /** By feature. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** The parts of a document that decide flags, as text where only equality matters. */
interface ComparedParts {
  readonly features: ReadonlyMap<string, { readonly state: FlagState; readonly variants: string }>;
  /** By name and id. */
  readonly segments: ReadonlyMap<string, ComparedSegment>;
  /** The overrides of all identities, by feature. */
  readonly overrides: ReadonlyMap<string, string>;
}

function describeDocument({ document, snapshot }: ComparedDocument): ComparedParts {
  const flags = snapshot.environmentFlags();
  const parts = listParts(document);
  const features = parts.features.map((state) => {
    const { enabled, value = null } = flags.getFlag(state.feature.name);
    return [
      state.feature.name,
      { state: { enabled, value }, variants: listVariants(state) },
    ] as const;
  });
  const segments = parts.segments.map((segment) => {
    const overrides = segment.feature_states.map(
      (state) => [state.feature.name, describeState(state)] as const,
    );
    // A name may be used twice.
    const key = `${segment.name} (id ${segment.id})`;
    const rules = JSON.stringify(segment.rules) ?? "";
    // The id decides which identities are in the percentage.
    const id = rules.includes('"PERCENTAGE_SPLIT"') ? ` ${segment.id}` : "";
    const { name } = segment;
    return [key, { name, rules: rules + id, overrides: new Map(overrides) }] as const;
  });
  const overrides = new Map<string, string>();
  // Their order has an effect only if an identity has several entries.
  const identities = [...parts.identities].sort(
    ({ identifier: a }, { identifier: b }) => Number(a > b) - Number(a < b),
  );
  for (const { identifier, identity_features: states } of identities) {
    for (const state of states) {
      const known = overrides.get(state.feature.name) ?? "";
      const own = `${JSON.stringify(identifier)} ${describeState(state)}\n`;
      overrides.set(state.feature.name, known + own);
    }
  }
  return { features: new Map(features), segments: new Map(segments), overrides };
}

/** Gives segments the keys of those with the same name, if only their ids differ. Other instances have other ids. */
function matchSegments(
  before: ComparedParts["segments"],
  after: ComparedParts["segments"],
): ComparedParts["segments"] {
  const findKeys = (segments: ComparedParts["segments"], name: string) =>
    [...segments.keys()].filter((key) => segments.get(key)?.name === name);
  return new Map(
    Array.from(after, ([key, segment]) => {
      const [known = key, ...others] = findKeys(before, segment.name);
      const isUnique = others.length === 0 && findKeys(after, segment.name).length === 1;
      return [isUnique ? known : key, segment];
    }),
  );
}

function describeState(state: State): string {
  const { enabled, feature_state_value: value = null, feature_segment: segment } = state;
  return JSON.stringify([enabled, value, segment?.priority ?? null, listVariants(state)]);
}

/** Lists variants in the order of their ids, in which the percentages divide the identities. */
function listVariants({ multivariate_feature_state_values: variants }: State): string {
  return JSON.stringify(
    [...(variants ?? [])]
      .sort((a, b) => Number(a.id) - Number(b.id))
      .map((variant) => [
        variant.multivariate_feature_option.value ?? null,
        variant.multivariate_feature_option.key ?? null,
        variant.percentage_allocation,
      ]),
  );
}

function listChangedSegments(
  { segments: before }: ComparedParts,
  { segments: after }: ComparedParts,
  feature: string,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => {
    const [old, next] = [before.get(name), after.get(name)];
    const [own, other] = [old?.overrides.get(feature), next?.overrides.get(feature)];
    if (own !== other) return true;
    // Without an override, the rules have no effect on this feature.
    return own !== undefined && old?.rules !== next?.rules;
  });
}

async function compareIdentities(
  from: EnvironmentSnapshot,
  to: EnvironmentSnapshot,
  sample: readonly SampleIdentity[],
): Promise<ReadonlyMap<string, readonly IdentityChange[]>> {
  const changes = new Map<string, IdentityChange[]>();
  for (const [index, { identifier, traits }] of sample.entries()) {
    if (index % identitiesPerPause === identitiesPerPause - 1) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    const before = listStates(from.identityFlags(identifier, traits));
    const after = listStates(to.identityFlags(identifier, traits));
    for (const feature of new Set([...before.keys(), ...after.keys()])) {
      const change = { from: before.get(feature) ?? null, to: after.get(feature) ?? null };
      if (isSame(change.from, change.to)) continue;
      const known = changes.get(feature) ?? [];
      changes.set(feature, known);
      known.push({ identifier, ...change });
    }
  }
  return changes;
}

function listStates(flags: ReturnType<EnvironmentSnapshot["environmentFlags"]>) {
  return new Map<string, FlagState>(
    flags
      .allFlags()
      .map(({ featureName, enabled, value = null }) => [featureName, { enabled, value }]),
  );
}

/** Whether two flags have the same state and value. */
export function isSame(one: FlagState, other: FlagState): boolean {
  return one?.enabled === other?.enabled && one?.value === other?.value;
}
