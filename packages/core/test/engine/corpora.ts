import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { EnvironmentDocument, EvaluationContext, Trait } from "../../src/engine.ts";

const shared = process.env["FLAGSMITH_SHARED"] ?? "";
const data = join(shared, "data");

/** The corpora are not part of the repository; tests that need them skip without. */
export const hasCorpora = shared !== "" && existsSync(data);

export interface RecordedFlag {
  readonly name?: string;
  readonly enabled: boolean;
  readonly value: unknown;
  readonly reason: string;
  readonly variant?: string | null;
  readonly feature_id?: number;
  readonly metadata?: unknown;
}

export interface RecordedResult {
  readonly flags: Record<string, RecordedFlag>;
  readonly segments: readonly {
    readonly name: string;
    readonly id?: number;
    readonly metadata?: unknown;
  }[];
  readonly environment_flags?: Record<string, RecordedFlag>;
}

interface Case {
  readonly id: string;
  readonly contested?: true;
  readonly classes?: readonly string[];
  readonly result?: RecordedResult;
  readonly error?: string;
  readonly node?: RecordedResult | { readonly error: string };
  readonly js_view?: RecordedResult;
}

export interface EngineCase extends Case {
  readonly context: EvaluationContext;
}

export interface SdkCase extends Case {
  readonly document: EnvironmentDocument;
  readonly identifier: string;
  readonly traits: Record<string, Trait>;
}

export interface ConformanceCase {
  readonly name: string;
  readonly context: EvaluationContext;
  readonly result: RecordedResult;
}

export interface Grid {
  readonly traits: readonly unknown[];
  readonly values: readonly string[];
  readonly python: Record<string, readonly string[]>;
}

/** What one recorded request to a real server was and brought. */
export interface Exchange {
  readonly name: string;
  readonly request: { readonly headers: Record<string, string>; readonly body: unknown };
  readonly response: { readonly status: number; readonly body: unknown };
}

export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(data, ...path), "utf8")) as T;
}

export function readLines<T>(...path: string[]): T[] {
  const lines = readFileSync(join(data, ...path), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as T);
}

export function readConformance(): ConformanceCase[] {
  return readdirSync(join(data, "conformance")).map((file) => ({
    name: file.replace(/(__default)?\.json$/, ""),
    ...readJson<Omit<ConformanceCase, "name">>("conformance", file),
  }));
}

type Rule = "python" | "node" | "free" | "lossy";

/** The answers a case allows; `undefined` where anything that does not throw will do. */
export function acceptedResults(
  { classes = [], result, node, js_view }: Case,
  rules: Readonly<Record<string, { readonly follow: Rule }>>,
): readonly RecordedResult[] | undefined {
  const follow = new Set(classes.map((name) => rules[name]?.follow));
  if (result === undefined || follow.has("free")) return undefined;
  if (follow.has("node")) return node !== undefined && "flags" in node ? [node] : undefined;
  return follow.has("lossy") && js_view !== undefined ? [result, js_view] : [result];
}

/** An answer with what the engines print differently, or what is not compared, made equal. */
export interface Comparable {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly segments: readonly string[];
}

interface AnyFlag {
  readonly enabled: boolean;
  readonly value: unknown;
  readonly reason: string;
  readonly variant?: string | null;
  readonly featureId?: number | undefined;
  readonly feature_id?: number;
  readonly metadata?: unknown;
}

/** `STATIC` counts as `DEFAULT`, `30.0` as `30`; the Node engine reports no variants. */
export function comparable(
  result: {
    readonly flags: Readonly<Record<string, AnyFlag>>;
    readonly segments: readonly { readonly name: string }[];
  },
  { withVariants = true } = {},
): Comparable {
  const flags = Object.entries(result.flags).map(([name, flag]) => {
    const { enabled, value, variant = null } = flag;
    const reason = flag.reason.replace(/^STATIC$/, "DEFAULT").replace(/(weight=\d+)\.0$/, "$1");
    const isCompared = withVariants && !reason.endsWith("identity_overrides");
    const metadata = (flag.metadata ?? {}) as { readonly id?: number };
    const id = flag.featureId ?? flag.feature_id ?? metadata.id;
    return [name, { enabled, value, reason, variant: isCompared ? variant : "not compared", id }];
  });
  return { flags: Object.fromEntries(flags), segments: result.segments.map(({ name }) => name) };
}

/** Whether an answer is among the accepted ones. */
export function isAccepted(
  ours: Parameters<typeof comparable>[0],
  accepted: readonly RecordedResult[],
): boolean {
  return accepted.some((result) => {
    const withVariants = Object.values(result.flags).every((flag) => "variant" in flag);
    return isDeepStrictEqual(
      comparable(ours, { withVariants }),
      comparable(result, { withVariants }),
    );
  });
}

/** Which engine to follow, by class of disagreement. */
export function readRules(): Parameters<typeof acceptedResults>[1] {
  return hasCorpora ? readJson("engine", "contested.json") : {};
}
