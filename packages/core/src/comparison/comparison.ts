import type { CompiledEnvironment, EvaluatedFlag } from "../engine/index.ts";
import type { Scope } from "../evaluation/scope.ts";
import { explainIdentity } from "../explain/explain.ts";
import type { FlagsOrigin } from "../flags/flag-reader.ts";
import { type Flags, getReader } from "../flags/flags.ts";
import { createAnonymousIdentifier } from "../identity/anonymous-identifier.ts";
import type { Identity } from "../identity/identity.ts";
import type { ParsedTraits } from "../identity/traits.ts";
import type { ModuleContext } from "../modules.ts";
import type { Guard } from "../platform/guard.ts";
import { createWarnOnce, type Logger } from "../platform/logger.ts";
import { type Timers, unreference } from "../platform/platform.ts";
import { type FlagDifference, findDifferences } from "./flag-difference.ts";
import { requestRemoteFlags } from "./remote-flags.ts";

/** Options of `compareWithRemote()`. */
export interface ComparisonOptions {
  /** The share of calls that are compared, from 0 to 1. */
  readonly sampleRate: number;
  /**
   * Called for each flag that differs, and still does so after one and a half refresh intervals. Each feature is reported
   * once for each version of the document.
   */
  readonly onDifference: (difference: FlagDifference) => unknown;
  /**
   * The maximum number of requests that comparisons send in a minute.
   * @defaultValue `60`
   */
  readonly maxPerMinute?: number | undefined;
}

/** The numbers of comparisons since the start. */
export interface ComparisonCounts {
  /** Samples that were not compared: too many in a minute, one in flight, or no `waitUntil` in an isolate. */
  readonly skipped: number;
  /** Samples that were compared. */
  readonly compared: number;
  /** Requests that failed. */
  readonly failed: number;
  /** Comparisons with a difference that awaits confirmation by a later one. */
  readonly unconfirmed: number;
  /** Differences that were reported. */
  readonly reported: number;
}

/** The environment that was evaluated locally. */
type Evaluated = Pick<FlagsOrigin, "updatedAt" | "source"> & {
  readonly compiled: CompiledEnvironment;
};

/** Differences of one identity that may come from a document that was not refreshed yet. */
interface Suspicion {
  readonly identity: Identity | undefined;
  readonly features: ReadonlySet<string>;
  /** On the monotonic clock. */
  readonly dueAt: number;
}

const goldenRatio = (Math.sqrt(5) - 1) / 2;
const maxSuspicions = 10;
const maxReportsPerComparison = 20;

/** Compares a sample of one client's results with those of the API, one at a time. */
export class Comparison {
  readonly #options: ComparisonOptions & { readonly maxPerMinute: number };
  readonly #client: ModuleContext;
  readonly #timers: Timers;
  /** Receives the warnings about malformed flags, which each response may repeat. */
  readonly #logger: Pick<Logger, "warn">;
  readonly #guard: Guard;
  readonly #suspicions: Suspicion[] = [];
  readonly #counts: Record<keyof ComparisonCounts, number>;
  /** The position of the last call in the sequence that draws the sample, from 0 to 1. */
  #phase: number | undefined;
  /** Isolates may cancel a request, so that a comparison never ends. */
  #busyUntil = 0;
  #nextAt = 0;
  #controller: AbortController | undefined;
  #isClosed = false;
  #reported: { readonly compiled: CompiledEnvironment; readonly names: Set<string> } | undefined;

  /** @param counts - shared by all clients with these options. */
  constructor(
    options: ComparisonOptions & { readonly maxPerMinute: number },
    client: ModuleContext,
    counts: Record<keyof ComparisonCounts, number>,
  ) {
    this.#options = options;
    this.#client = client;
    this.#counts = counts;
    // Comparisons do not keep a process alive.
    this.#timers = unreference(client.timers);
    this.#logger = { warn: createWarnOnce(client.logger) };
    this.#guard = client.guard("onDifference");
  }

  close(): void {
    this.#isClosed = true;
    // Otherwise the abort would reach into another request.
    if (this.#client.sharesPromises) this.#controller?.abort();
  }

  /** Compares a result if it is in the sample. Never throws, and waits for nothing. */
  sample(flags: Flags, scope: Scope, parse: () => Identity | undefined): void {
    if (this.#isClosed) return;
    const now = this.#timers.monotonicNow();
    // Not Math.random(), after which Next.js does not prerender. Multiples of this ratio are spread evenly.
    this.#phase = ((this.#phase ?? now * goldenRatio) + goldenRatio) % 1;
    if (this.#phase >= this.#options.sampleRate) return;
    const { compiled, updatedAt, source } = getReader(flags).origin;
    if (compiled === undefined || source === "offline") return;
    const canRun = this.#client.timers.after !== undefined || scope.waitUntil !== undefined;
    if (!canRun || now < this.#busyUntil || now < this.#nextAt) {
      this.#counts.skipped++;
      return;
    }
    const { requestTimeoutMs } = this.#client.options;
    this.#busyUntil = now + requestTimeoutMs + 1000;
    this.#nextAt = now + 60_000 / this.#options.maxPerMinute;
    const comparing = this.#run({ compiled, updatedAt, source }, parse());
    scope.waitUntil?.(comparing);
  }

  async #run(evaluated: Evaluated, identity: Identity | undefined): Promise<void> {
    try {
      const suspicion = this.#takeDueSuspicion();
      const compared = suspicion ? suspicion.identity : identity;
      const { differences, subject } = await this.#compare(evaluated, compared);
      if (this.#isClosed) return;
      this.#counts.compared++;
      const confirmed = differences.filter(({ featureName }) =>
        suspicion?.features.has(featureName),
      );
      if (suspicion) this.#report(confirmed, { evaluated, identity: compared, subject });
      else this.#suspect(compared, differences);
    } catch (error) {
      this.#counts.failed++;
      if (this.#isClosed) return;
      this.#client.logger.debug(
        () => `A comparison with the API failed: ${this.#client.describe(error)}`,
      );
    } finally {
      this.#busyUntil = 0;
      this.#controller = undefined;
    }
  }

  #takeDueSuspicion(): Suspicion | undefined {
    const now = this.#timers.monotonicNow();
    const due = this.#suspicions.findIndex(({ dueAt }) => dueAt <= now);
    return due < 0 ? undefined : this.#suspicions.splice(due, 1)[0];
  }

  async #compare(evaluated: Evaluated, identity: Identity | undefined) {
    const controller = new AbortController();
    this.#controller = controller;
    const deadlineAt = this.#timers.monotonicNow() + this.#client.options.requestTimeoutMs;
    const { flags, traits } = await requestRemoteFlags(
      { ...this.#client, timers: this.#timers, logger: this.#logger },
      identity,
      { signal: controller.signal, deadlineAt },
    );
    const identifier =
      identity && (identity.identifier || (await createAnonymousIdentifier(identity.traits)));
    const compareWith = (used: ParsedTraits) => {
      const subject = identifier === undefined ? undefined : { identifier, traits: used };
      return { subject, differences: findDifferences(evaluate(evaluated, subject), flags) };
    };
    const own = compareWith(identity?.traits ?? {});
    // The API also uses the traits that it has stored for the identity, which local evaluation cannot know.
    return own.differences.length > 0 ? compareWith(traits) : own;
  }

  /** A document may be older than the flags of the API, until the next refresh. */
  #suspect(
    identity: Identity | undefined,
    differences: readonly Pick<FlagDifference, "featureName">[],
  ): void {
    if (differences.length === 0) return;
    this.#counts.unconfirmed++;
    if (this.#suspicions.length >= maxSuspicions) return;
    const { environmentRefreshIntervalMs, loadsOnce } = this.#client.options;
    this.#suspicions.push({
      identity,
      features: new Set(differences.map(({ featureName }) => featureName)),
      dueAt: this.#timers.monotonicNow() + (loadsOnce ? 0 : environmentRefreshIntervalMs * 1.5),
    });
  }

  #report(
    differences: readonly Pick<FlagDifference, "featureName" | "local" | "remote">[],
    {
      evaluated,
      identity,
      subject,
    }: {
      readonly evaluated: Evaluated;
      readonly identity: Identity | undefined;
      readonly subject: Pick<Identity, "identifier" | "traits"> | undefined;
    },
  ): void {
    const { compiled } = evaluated;
    if (this.#reported?.compiled !== compiled) this.#reported = { compiled, names: new Set() };
    const { names } = this.#reported;
    const found = differences.filter(({ featureName }) => !names.has(featureName));
    for (const difference of found.slice(0, maxReportsPerComparison)) {
      names.add(difference.featureName);
      this.#counts.reported++;
      const explanation = explainIdentity(evaluated, difference.featureName, {
        identity: subject,
      });
      const report = { ...difference, identifier: identity?.identifier, explanation };
      const secrets = identity?.identifier ? [identity.identifier] : [];
      void this.#guard(() => this.#options.onDifference(report), { secrets });
    }
  }
}

function evaluate(
  { compiled }: Evaluated,
  subject: Pick<Identity, "identifier" | "traits"> | undefined,
): EvaluatedFlag[] {
  return (subject ? compiled.evaluate(subject) : compiled.evaluateWithoutSegments()).flags();
}
