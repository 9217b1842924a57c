import type { Case, RecordedFlag, RecordedResult, Rules } from "./cases.ts";

/** A result of our engine or of an official one, which differ in the name of the feature id. */
export interface AnyResult {
  readonly flags: Readonly<
    Record<string, Omit<RecordedFlag, "name"> & { readonly featureId?: number | undefined }>
  >;
  readonly segments: readonly { readonly name: string }[];
}

/** Lists the results that a case allows. Returns `undefined` if it allows all results without an exception. */
export function listAllowedResults(
  { classes = [], result, node, js_view }: Case,
  rules: Rules,
): readonly RecordedResult[] | undefined {
  const follow = new Set(classes.map((name) => rules[name]?.follow));
  if (result === undefined || follow.has("free")) return undefined;
  if (follow.has("node")) return node !== undefined && "flags" in node ? [node] : undefined;
  return follow.has("lossy") && js_view !== undefined ? [result, js_view] : [result];
}

/** Returns whether a result equals one of the allowed ones. */
export function isAllowed(result: AnyResult, allowed: readonly RecordedResult[]): boolean {
  return allowed.some((one) => {
    const hasVariants = Object.values(one.flags).every((flag) => "variant" in flag);
    return formatComparable(result, { hasVariants }) === formatComparable(one, { hasVariants });
  });
}

/**
 * Formats a result as text without the differences between engines that are none: `STATIC` becomes `DEFAULT`,
 * `30.0` becomes `30`, and variants of identity overrides, or of engines that report none, are left out.
 */
export function formatComparable(
  { flags, segments }: AnyResult,
  { hasVariants = true } = {},
): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const { enabled, value, variant = null } = flag;
    const reason = flag.reason.replace(/^STATIC$/, "DEFAULT").replace(/(weight=\d+)\.0$/, "$1");
    const isCompared = hasVariants && !reason.endsWith("identity_overrides");
    const metadata = (flag.metadata ?? {}) as { readonly id?: number };
    const id = flag.featureId ?? flag.feature_id ?? metadata.id;
    return [name, enabled, value, reason, isCompared ? variant : "not compared", id] as const;
  });
  rows.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([rows, segments.map(({ name }) => name)]);
}
