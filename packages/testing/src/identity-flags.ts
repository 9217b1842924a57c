import type { Evaluation } from "@flagsmith-isomorphic/core/engine";
import type { Environment } from "./environment.ts";
import type { WireFeatureState } from "./environment-document.ts";
import type { RequestedIdentity } from "./identity.ts";
import { environmentFlag, type WireFlag } from "./wire-flag.ts";

/** Answers prepared by the test: the flags of an identity, or `undefined` for "evaluate them". */
export type IdentityFlagsHandler = (identity: RequestedIdentity) => readonly WireFlag[] | undefined;

/** All flags of an identity: those prepared, or else what the engine makes of the document. */
export function identityFlags(
  identity: RequestedIdentity,
  environment: Environment,
  given: IdentityFlagsHandler | undefined,
): readonly WireFlag[] {
  const prepared = given?.(identity);
  if (prepared !== undefined) return prepared;
  const { document } = environment;
  const evaluation = environment.compiled.evaluate({
    identifier: identity.identifier,
    traits: Object.fromEntries(
      identity.traits.map(({ trait_key, trait_value }) => [trait_key, trait_value]),
    ),
  });
  return document.feature_states.map((state) => ({
    ...environmentFlag(state, document),
    ...evaluated(state, evaluation),
  }));
}

function evaluated(
  { feature, enabled, feature_state_value }: WireFeatureState,
  evaluation: Evaluation,
): Pick<WireFlag, "enabled" | "feature_state_value" | "variant"> {
  const flag = evaluation.flag(feature.name);
  if (flag === undefined) return { enabled, feature_state_value, variant: null };
  // Unlike the engine, the server names the control value of an override that brings no weights.
  const isControl = feature.type === "MULTIVARIATE" && !flag.reason.startsWith("SPLIT");
  const variant = isControl ? "control" : flag.variant;
  return { enabled: flag.enabled, feature_state_value: flag.value, variant };
}
