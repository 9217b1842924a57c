/** A flag of an official engine or SDK. */
export interface RecordedFlag {
  readonly name?: string;
  readonly enabled: boolean;
  readonly value: unknown;
  readonly reason: string;
  readonly variant?: string | null;
  readonly feature_id?: number;
  readonly metadata?: unknown;
}

/** A result of an official engine or SDK. */
export interface RecordedResult {
  readonly flags: Readonly<Record<string, RecordedFlag>>;
  readonly segments: readonly {
    readonly name: string;
    readonly id?: number;
    readonly metadata?: unknown;
  }[];
  readonly environment_flags?: Readonly<Record<string, RecordedFlag>>;
}

/** Results of the official engines for one input. */
export interface Case {
  readonly id: string;
  /** Whether the official engines disagree. */
  readonly contested?: true;
  /** Classes of the disagreement, which are keys of {@link Rules}. */
  readonly classes?: readonly string[];
  /** Result of the Python engine. */
  readonly result?: RecordedResult;
  /** Error of the Python engine, instead of a result. */
  readonly error?: string;
  /** Result of the Node engine. */
  readonly node?: RecordedResult | { readonly error: string };
  /** Result of the Python engine for the input as `JSON.parse` returns it, for example with `2` instead of `2.0`. */
  readonly js_view?: RecordedResult;
}

/** A case with an evaluation context. `Context` is the engine's own type. */
export interface EngineCase<Context = unknown> extends Case {
  readonly context: Context;
}

/** A case with an environment document and an identity. The parameters are the engine's own types. */
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

/** Whether a condition matches, for each operator, trait and value. */
export interface Grid {
  readonly traits: readonly unknown[];
  readonly values: readonly string[];
  /** By operator, then by index of the trait and of the value: `T`, `F`, or `!` if the engine threw. */
  readonly python: Readonly<Record<string, readonly string[]>>;
}

/**
 * The result that counts, for each class of disagreement between the official engines. `free` allows every
 * result, `lossy` also the one after `JSON.parse`.
 */
export type Rules = Readonly<
  Record<string, { readonly follow: "python" | "node" | "free" | "lossy" }>
>;

/** Inputs and results for the comparison with an engine. */
export interface Corpora {
  readonly conformance: readonly ConformanceCase[];
  readonly contexts: readonly EngineCase[];
  readonly documents: readonly DocumentCase[];
  readonly grid: Grid;
  readonly rules: Rules;
}
