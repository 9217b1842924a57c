import type { EnvironmentDocument } from "./environment-document.ts";
import type { AskedIdentity } from "./identity.ts";
import { environmentFlag, type WireFlag } from "./wire-flag.ts";

/** Answers prepared by the test: the flags of an identity, or `undefined` for "not prepared". */
export type GivenIdentityFlags = (identity: AskedIdentity) => readonly WireFlag[] | undefined;

/**
 * All flags of an identity. Nothing is evaluated: without a given answer the identity sees the
 * environment's own feature states, no segment, no split and no override.
 */
export function identityFlags(
  identity: AskedIdentity,
  document: EnvironmentDocument,
  given: GivenIdentityFlags | undefined,
): readonly WireFlag[] {
  const prepared = given?.(identity);
  if (prepared !== undefined) return prepared;
  return document.feature_states.map((state) => ({
    ...environmentFlag(state, document),
    variant: null,
  }));
}
