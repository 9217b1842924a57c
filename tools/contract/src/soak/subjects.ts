import type { Flags, Traits } from "@flagsmith-isomorphic/core";

/** Whom flags are asked for: each is answered from another part of the document. */
export interface Subject {
  readonly identifier: string;
  readonly traits: Traits;
  /** What the document prefixes the label of this subject with. */
  readonly prefix: string;
}

/** One that nothing is overridden for, one of the segment, one with an override of its own. */
export const subjects: readonly Subject[] = [
  { identifier: "anybody", traits: {}, prefix: "anybody" },
  { identifier: "a-member", traits: { plan: "gold" }, prefix: "gold" },
  { identifier: "vip", traits: { plan: "gold" }, prefix: "vip" },
];

/** How often {@link readVersion} asks, and so how many evaluations analytics must count. */
export const evaluationsPerAnswer = 3;

/** The version of the document that the flags are of; a text says why they are of none. */
export function readVersion(flags: Flags, { prefix }: Subject): number | string {
  const version = flags.getFeatureValue("version");
  const label = flags.getFeatureValue("label");
  const isEven = flags.isFeatureEnabled("is_even");
  if (typeof version !== "number") return `version is ${JSON.stringify(version)}`;
  const isWhole = label === labelOf(prefix, version) && isEven === (version % 2 === 0);
  return isWhole ? version : `${version} came with ${JSON.stringify({ label, isEven })}`;
}

/** The value that the document of this version has for the subjects of this prefix. */
export function labelOf(prefix: string, version: number): string {
  return `${prefix} ${version}`;
}
