import {
  type DefaultFlagHandler,
  type FlagEvaluation,
  Flagsmith,
  fullJitter,
  isolateDelivery,
  type Platform,
} from "@flagsmith-isomorphic/core";
import {
  DocumentCompiler,
  type EnvironmentProvider,
  localEvaluation,
} from "@flagsmith-isomorphic/core/local";
import {
  emptyDocument,
  type JsonValue,
  type WireDocument,
  type WireFeatureState,
} from "./wire-document.ts";

/**
 * A flag in a test: `true` or `false` is its state. Any other value is the value of a flag that is on; objects and
 * arrays become JSON text, and numbers that are not integers of 32 bits become text, as Flagsmith stores them.
 * `{ enabled, value }`, without other members, sets both.
 */
export type TestFlag =
  | string
  | number
  | boolean
  | null
  // Not `JsonValue`, because an interface has no index signature.
  | object
  | { readonly enabled: boolean; readonly value?: string | number | boolean | null | undefined };

/** Options of {@link testFlags}. */
export interface TestFlagsOptions {
  /** Flags of single identities, by identifier. */
  readonly identities?: Readonly<Record<string, Readonly<Record<string, TestFlag>>>> | undefined;
  /** Returns the flags of features that are not set. Otherwise these are off. */
  readonly defaultFlagHandler?: DefaultFlagHandler | undefined;
}

/**
 * Creates a client with these flags for a test. It sends no request, writes no log message and needs no `close()`.
 *
 * @param flags - by feature name
 *
 * @example
 * const flagsmith = testFlags({ dark_mode: true, max_items: 20 }, { identities: { alice: { max_items: 50 } } });
 * const flags = await flagsmith.getIdentityFlags("alice");
 */
export function testFlags(
  flags: Readonly<Record<string, TestFlag>> = {},
  options: TestFlagsOptions = {},
): TestFlagsmith {
  return new TestFlagsmith(flags, options);
}

/** A client whose flags are set by a test. */
export class TestFlagsmith extends Flagsmith {
  readonly #environment: TestEnvironment;
  readonly #evaluations: FlagEvaluation[];

  constructor(
    flags: Readonly<Record<string, TestFlag>>,
    { identities = {}, defaultFlagHandler }: TestFlagsOptions,
  ) {
    const environment = new TestEnvironment();
    for (const [name, flag] of Object.entries(flags)) environment.change(name, flag);
    for (const [identifier, own] of Object.entries(identities)) {
      for (const [name, flag] of Object.entries(own)) environment.change(name, flag, identifier);
    }
    const evaluations: FlagEvaluation[] = [];
    const options = {
      offlineMode: true,
      onFailure: "empty",
      defaultFlagHandler,
      logger: silentLogger,
      onFlagEvaluated: (evaluation: FlagEvaluation) => void evaluations.push(evaluation),
    } as const;
    super(options, platform, {
      delivery: isolateDelivery,
      local: {
        ...localEvaluation,
        createOfflineEnvironment: (context) => {
          environment.compileWith(new DocumentCompiler(context));
          return environment;
        },
      },
    });
    this.#environment = environment;
    this.#evaluations = evaluations;
  }

  /**
   * Sets a flag for all identities, or for one. Later calls see it; `Flags` that a test already has do not change.
   *
   * @example
   * flagsmith.set("max_items", 30);
   * flagsmith.set("max_items", 60, "alice");
   */
  set(featureName: string, flag: TestFlag, identifier?: string): void {
    this.#environment.change(featureName, flag, identifier);
  }

  /** The flags that were read so far, oldest first, with their identities. */
  evaluations(): readonly FlagEvaluation[] {
    return [...this.#evaluations];
  }
}

/** The flags as an environment document, compiled when it is needed first after a change. */
class TestEnvironment implements EnvironmentProvider {
  readonly #flags = new Map<string, WireFeatureState>();
  readonly #identities = new Map<string, Map<string, WireFeatureState>>();
  #compiler: DocumentCompiler | undefined;
  #environment: ReturnType<EnvironmentProvider["current"]>;

  compileWith(compiler: DocumentCompiler): void {
    this.#compiler = compiler;
  }

  change(featureName: string, flag: TestFlag, identifier?: string): void {
    const id = this.#flags.get(featureName)?.feature.id ?? this.#flags.size + 1;
    const state = createFeatureState(featureName, id, flag);
    if (identifier === undefined) this.#flags.set(featureName, state);
    else {
      // An override needs the feature in the environment.
      if (!this.#flags.has(featureName)) this.change(featureName, false);
      const own = this.#identities.get(identifier) ?? new Map<string, WireFeatureState>();
      this.#identities.set(identifier, own.set(featureName, state));
    }
    this.#environment = undefined;
  }

  current(): ReturnType<EnvironmentProvider["current"]> {
    if (this.#environment === undefined) {
      const compiled = this.#compiler?.compile(this.#createDocument(), "offline");
      if (compiled !== undefined && !("refused" in compiled)) this.#environment = compiled;
    }
    return this.#environment;
  }

  peek(): ReturnType<EnvironmentProvider["current"]> {
    return this.current();
  }

  ready(): ReturnType<EnvironmentProvider["ready"]> {
    const environment = this.current();
    if (environment === undefined) return Promise.reject(new Error("The flags are invalid."));
    return Promise.resolve(environment);
  }

  async read(): Promise<WireDocument> {
    return this.#createDocument();
  }

  async update(): Promise<boolean> {
    return false;
  }

  facts(): ReturnType<EnvironmentProvider["facts"]> {
    const staleInMs = Number.POSITIVE_INFINITY;
    return { environment: this.current(), hasStarted: true, staleInMs };
  }

  close(): void {}

  #createDocument(): WireDocument {
    return {
      ...emptyDocument,
      feature_states: [...this.#flags.values()],
      identity_overrides: Array.from(this.#identities, ([identifier, states]) => ({
        identifier,
        identity_features: [...states.values()],
      })),
    };
  }
}

function createFeatureState(name: string, id: number, flag: TestFlag): WireFeatureState {
  const { enabled, value } = isState(flag)
    ? flag
    : { enabled: flag !== false, value: typeof flag === "boolean" ? null : flag };
  return { feature: { id, name }, enabled, feature_state_value: toFlagValue(value) };
}

/** JSON with other members is a value. */
function isState(
  flag: TestFlag,
): flag is { readonly enabled: boolean; readonly value?: JsonValue } {
  if (typeof flag !== "object" || flag === null || !("enabled" in flag)) return false;
  const isKnown = (name: string) => name === "enabled" || name === "value";
  return typeof flag.enabled === "boolean" && Object.keys(flag).every(isKnown);
}

function toFlagValue(value: unknown): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "object") return JSON.stringify(value);
  // Flagsmith stores integers of 32 bits. Other numbers are text.
  if (typeof value === "number") return value === (value | 0) ? value : String(value);
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}

/** A platform without a network. Nothing waits, so that it has no timers. */
const platform: Platform = {
  name: "testing",
  fetch: () => Promise.reject(new Error("testFlags() has no network.")),
  timers: {
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
    sleep: () => new Promise(() => undefined),
    start: () => () => undefined,
  },
  sharesPromises: true,
  retryPolicy: fullJitter({ retries: 0, baseMs: 0, maxMs: 0 }),
};

const silentLogger = { warn: () => undefined, error: () => undefined };
