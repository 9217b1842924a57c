import type { FlagValue } from "../engine/index.ts";

export type { FlagValue } from "../engine/index.ts";

/** The experiment that a flag takes part in, as the API reports it for an identity. */
export interface FlagExperiment {
  readonly id: number | string;
  readonly name: string | undefined;
  /** Whether this identity is in the experiment. */
  readonly inExperiment: boolean;
}

/** One feature as it stands for an environment or an identity. */
export interface Flag {
  readonly featureName: string;
  /** The id of the feature; `undefined` for a default flag or where the API hides it. */
  readonly featureId: number | undefined;
  readonly enabled: boolean;
  /** `undefined` only for a default flag without a value. */
  readonly value: FlagValue | undefined;
  /** Whether this is a default flag: the environment did not answer for this feature. */
  readonly isDefault: boolean;
  /** Why the flag has this value, e.g. `"TARGETING_MATCH; segment=beta"`; not sent by every API. */
  readonly reason: string | undefined;
  /** The key of the variant served, `"control"` for the control value, `null` without variants. */
  readonly variant: string | null;
  /** Set in remote identity flags only. */
  readonly experiment: FlagExperiment | undefined;
}

/**
 * A flag to fall back on, returned from `defaultFlagHandler`.
 *
 * @example
 * defaultFlagHandler: (featureName) => new DefaultFlag("blue", featureName === "banner")
 */
export class DefaultFlag {
  readonly value: FlagValue | undefined;
  readonly enabled: boolean;

  constructor(value?: FlagValue, enabled = false) {
    this.value = value;
    this.enabled = enabled;
  }
}

/** The flag that answers for a feature that the environment does not answer for. */
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

/** A copy that shares nothing with the original. */
export function copyFlag(flag: Flag): Flag {
  return { ...flag, experiment: flag.experiment && { ...flag.experiment } };
}
