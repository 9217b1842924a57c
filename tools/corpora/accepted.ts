import type { Case, RecordedResult, Rules } from "./cases.ts";

/** The answers a case allows; `undefined` where anything that does not throw will do. */
export function acceptedResults(
  { classes = [], result, node, js_view }: Case,
  rules: Rules,
): readonly RecordedResult[] | undefined {
  const follow = new Set(classes.map((name) => rules[name]?.follow));
  if (result === undefined || follow.has("free")) return undefined;
  if (follow.has("node")) return node !== undefined && "flags" in node ? [node] : undefined;
  return follow.has("lossy") && js_view !== undefined ? [result, js_view] : [result];
}

/** A flag as ours or theirs. */
interface AnyFlag {
  readonly enabled: boolean;
  readonly value: unknown;
  readonly reason: string;
  readonly variant?: string | null;
  readonly featureId?: number | undefined;
  readonly feature_id?: number;
  readonly metadata?: unknown;
}

/** An answer as ours or theirs. */
export interface AnyResult {
  readonly flags: Readonly<Record<string, AnyFlag>>;
  readonly segments: readonly { readonly name: string }[];
}

/**
 * An answer as text, with what the engines print differently made equal: `STATIC` counts as `DEFAULT`,
 * `30.0` as `30`, and variants of identity overrides, or of an engine that reports none, are left out.
 */
export function comparable({ flags, segments }: AnyResult, { withVariants = true } = {}): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const { enabled, value, variant = null } = flag;
    const reason = flag.reason.replace(/^STATIC$/, "DEFAULT").replace(/(weight=\d+)\.0$/, "$1");
    const isCompared = withVariants && !reason.endsWith("identity_overrides");
    const metadata = (flag.metadata ?? {}) as { readonly id?: number };
    const id = flag.featureId ?? flag.feature_id ?? metadata.id;
    return [name, enabled, value, reason, isCompared ? variant : "not compared", id] as const;
  });
  rows.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([rows, segments.map(({ name }) => name)]);
}

/** Whether an answer is among the accepted ones. */
export function isAccepted(ours: AnyResult, accepted: readonly RecordedResult[]): boolean {
  return accepted.some((result) => {
    const withVariants = Object.values(result.flags).every((flag) => "variant" in flag);
    return comparable(ours, { withVariants }) === comparable(result, { withVariants });
  });
}
