import type { Flag } from "../flags/flag.ts";

/** Whether a flag is the default flag of a feature that neither the environment nor a `defaultFlagHandler` has. */
export function isUnknownFlag({ isDefault, value, enabled }: Flag): boolean {
  return isDefault && value === undefined && !enabled;
}

/** Finds OpenFeature's reason for a flag of the environment. */
export function findFlagReason(
  { reason }: Flag,
  { isStatic }: { readonly isStatic: boolean },
): "DEFAULT" | "SPLIT" | "STATIC" | "TARGETING_MATCH" | "UNKNOWN" {
  const [kind] = reason?.split(";", 1) ?? [];
  switch (kind) {
    case "TARGETING_MATCH":
    case "SPLIT":
      return kind;
    case "DEFAULT":
      return isStatic ? "STATIC" : kind;
    default:
      return "UNKNOWN";
  }
}

/** Returns the variant of a flag. Booleans without variants have the variants that other providers give them. */
export function describeVariant({ variant }: Flag, value: unknown): { readonly variant?: string } {
  if (variant !== null) return { variant };
  return typeof value === "boolean" ? { variant: value ? "on" : "off" } : {};
}
