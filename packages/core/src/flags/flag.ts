import type { FlagValue } from "../engine/index.ts";

export type { FlagValue } from "../engine/index.ts";

/** The experiment of a flag, as the API reports it for an identity. */
export interface FlagExperiment {
  readonly id: number | string;
  readonly name: string | undefined;
  /** Whether this identity is in the experiment. */
  readonly inExperiment: boolean;
}

/** The state of one feature for an environment or an identity. */
export interface Flag {
  readonly featureName: string;
  /** The id of the feature. `undefined` for a default flag, and if the API hides it. */
  readonly featureId: number | undefined;
  readonly enabled: boolean;
  /** `undefined` only for a default flag without a value. */
  readonly value: FlagValue | undefined;
  /** Whether this is a default flag, because the feature is unknown or the API failed. */
  readonly isDefault: boolean;
  /** Why the flag has this value, for example `"TARGETING_MATCH; segment=beta"`. `undefined` if unknown. */
  readonly reason: string | undefined;
  /** The key of the variant, `"control"` for the control value. `null` if the feature has no variants. */
  readonly variant: string | null;
  /** `undefined` without an experiment. Only remote evaluation of an identity sets it. */
  readonly experiment: FlagExperiment | undefined;
}

/**
 * A default flag, returned by a `defaultFlagHandler`.
 *
 * @example
 * defaultFlagHandler: (featureName) => new DefaultFlag("blue", featureName === "banner")
 */
export class DefaultFlag {
  readonly value: FlagValue | undefined;
  readonly enabled: boolean;
  // Not the type `true`, so that a `BaseFlag` can be returned as a `DefaultFlag`.
  readonly isDefault: boolean = true;

  constructor(value?: FlagValue, enabled = false) {
    this.value = value;
    this.enabled = enabled;
  }
}

/** Whether a value can be the value of a flag. */
export function isFlagValue(input: unknown): input is FlagValue {
  const type = typeof input;
  return type === "string" || type === "boolean" || type === "number" || input === null;
}

/** Creates the flag of a feature from its default flag. */
export function toDefaultFlag(featureName: string, flag: DefaultFlag): Flag {
  return {
    featureName,
    featureId: undefined,
    enabled: flag.enabled,
    value: flag.value,
    isDefault: true,
    reason: undefined,
    variant: null,
    experiment: undefined,
  };
}

/** Copies a flag, including its experiment. */
export function copyFlag(flag: Flag): Flag {
  return { ...flag, experiment: flag.experiment && { ...flag.experiment } };
}

/** Checks and copies an experiment. Returns `undefined` if it is invalid. Its name may be `null`. */
export function parseExperiment(input: unknown): FlagExperiment | undefined {
  const { id, name, inExperiment } = Object(input);
  const isValid =
    ["number", "string"].includes(typeof id) &&
    typeof inExperiment === "boolean" &&
    typeof (name ?? "") === "string";
  return isValid ? { id, name: name ?? undefined, inExperiment } : undefined;
}
