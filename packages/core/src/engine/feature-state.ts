import { compare, lastPriority } from "./order.ts";
import { isJsonObject, type JsonObject, readPart, report } from "./reader.ts";
import { quote } from "./refusal.ts";
import type { EvaluatedFlag, FlagValue } from "./result.ts";
import { createIdentityHash, type Subject } from "./subject.ts";

/** The state of a feature as the readers return it. */
export interface StateInput {
  readonly name: string;
  readonly key: string;
  readonly enabled: boolean;
  readonly value: FlagValue;
  readonly variants: readonly VariantInput[];
  readonly featureId: number | undefined;
  /** `undefined` if it contains at most the id. */
  readonly metadata: JsonObject | undefined;
  /** For overrides of segments. The lowest wins. */
  readonly priority: number;
  /** Whether the feature is unknown in this state. */
  readonly isMalformed: boolean;
}

/** A variant as the readers return it. */
export interface VariantInput {
  readonly value: FlagValue;
  readonly weight: number;
  readonly priority: number | bigint;
  readonly key: string | null;
}

/** The compiled state of a feature. */
export interface FeatureState {
  /** The flag if there are no variants or no identity. */
  readonly flag: EvaluatedFlag;
  /** Whether the feature is unknown in this state. */
  readonly isMalformed: boolean;
  readonly split:
    | {
        /** The flag for identities that are in no variant. */
        readonly control: EvaluatedFlag;
        /** Hashed together with the identity. */
        readonly key: string;
        readonly hash: (subject: Subject) => number;
        /** The variants, each with the end of its range. A range starts at the end of the previous one. */
        readonly ranges: readonly { readonly end: number; readonly flag: EvaluatedFlag }[];
      }
    | undefined;
}

/** Creates all flags that a state can result in, so that evaluations only choose one. */
export function compileState(
  input: StateInput,
  reason: string,
  environmentKey: string,
): FeatureState {
  const { name, enabled, value, featureId, metadata, variants, isMalformed } = input;
  const flag = { name, enabled, value, reason, variant: null, featureId, metadata };
  if (variants.length === 0) return { flag, isMalformed, split: undefined };

  let end = 0;
  const sorted = [...variants].sort((a, b) => compare(a.priority, b.priority));
  const split = {
    control: { ...flag, variant: "control" },
    key: input.key,
    hash: createIdentityHash(input.key, environmentKey),
    ranges: sorted.map(({ value, weight, key }) => {
      end += weight;
      return { end, flag: { ...flag, value, variant: key, reason: `SPLIT; weight=${weight}` } };
    }),
  };
  return { flag, isMalformed, split };
}

/**
 * Reads the state of a feature. If it is malformed, the feature is unknown in this state.
 *
 * @param place - describes the state by the name of its feature: the subject and the last sentence of the message.
 */
export function readStatePart(
  part: unknown,
  read: (json: JsonObject) => StateInput,
  place: (feature: string) => readonly [subject: string, consequence: string],
): StateInput | undefined {
  return readPart(part, read, (path) => {
    const json: JsonObject = isJsonObject(part) ? part : {};
    const { name } = isJsonObject(json["feature"]) ? json["feature"] : json;
    const isNamed = typeof name === "string";
    const [subject, consequence] = place(isNamed ? quote(name) : "without a name");
    const problem = path === "" ? "is not an object" : `has a malformed "${path}"`;
    report(`${subject} ${problem}. ${consequence}`);
    return isNamed ? { ...malformedState, name } : undefined;
  });
}

const malformedState: Omit<StateInput, "name"> = {
  key: "",
  enabled: false,
  value: null,
  variants: [],
  featureId: undefined,
  metadata: undefined,
  // Its own priority may be what is malformed.
  priority: -lastPriority,
  isMalformed: true,
};

/**
 * Returns the flag of the identity's variant, or of the control value. `null` if the feature is unknown in this state.
 */
export function chooseVariant(state: FeatureState, subject: Subject): EvaluatedFlag | null {
  const { flag, split, isMalformed } = state;
  if (isMalformed) return null;
  if (!split || subject.identifier === null) return flag;
  const hash = split.hash(subject);
  for (const { end, flag } of split.ranges) if (hash < end) return flag;
  return split.control;
}
