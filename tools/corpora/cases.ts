/** A flag as an official engine or SDK answered it. */
export interface RecordedFlag {
  readonly name?: string;
  readonly enabled: boolean;
  readonly value: unknown;
  readonly reason: string;
  readonly variant?: string | null;
  readonly feature_id?: number;
  readonly metadata?: unknown;
}

/** A whole recorded answer. */
export interface RecordedResult {
  readonly flags: Readonly<Record<string, RecordedFlag>>;
  readonly segments: readonly {
    readonly name: string;
    readonly id?: number;
    readonly metadata?: unknown;
  }[];
  readonly environment_flags?: Readonly<Record<string, RecordedFlag>>;
}

/** A question with the official answers to it. */
export interface Case {
  readonly id: string;
  readonly contested?: true;
  readonly classes?: readonly string[];
  readonly result?: RecordedResult;
  readonly error?: string;
  readonly node?: RecordedResult | { readonly error: string };
  /** The answer to what JavaScript sees of the question after `JSON.parse`. */
  readonly js_view?: RecordedResult;
}

/** An evaluation context; `Context` is the engine's own type of it. */
export interface EngineCase<Context = unknown> extends Case {
  readonly context: Context;
}

/** An environment document and who asks. */
export interface DocumentCase<Document = unknown, Traits = unknown> extends Case {
  readonly document: Document;
  readonly identifier: string;
  readonly traits: Traits;
}

/** A public conformance case. */
export interface ConformanceCase<Context = unknown> {
  readonly name: string;
  readonly context: Context;
  readonly result: RecordedResult;
}

/** Verdicts (`T`, `F`, `!` for an engine that raised) by operator, trait and value. */
export interface Grid {
  readonly traits: readonly unknown[];
  readonly values: readonly string[];
  readonly python: Readonly<Record<string, readonly string[]>>;
}

/** Which answer counts, by class of disagreement between the official engines. */
export type Rules = Readonly<
  Record<string, { readonly follow: "python" | "node" | "free" | "lossy" }>
>;

/** Everything that an engine is judged by. */
export interface Corpora {
  readonly conformance: readonly ConformanceCase[];
  readonly contexts: readonly EngineCase[];
  readonly documents: readonly DocumentCase[];
  readonly grid: Grid;
  readonly rules: Rules;
}
