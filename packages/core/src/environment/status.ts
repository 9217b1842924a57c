import { FlagsmithAPIError, type FlagsmithClientError } from "../errors.ts";
import type { CircuitBreaker } from "../http/circuit-breaker.ts";
import type { ClientStatus, FlagsmithOptions } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import { maxTimerMs, type Timers } from "../platform/platform.ts";
import type { DocumentFacts, EnvironmentProvider } from "./environment.ts";

interface StatusClient {
  readonly options: Pick<FlagsmithOptions, "onStatusChange">;
  readonly timers: Timers;
  readonly connection: { readonly circuit?: CircuitBreaker | undefined };
  readonly guard: (kind: string) => Guard;
}

/** Whether a retry is unlikely to help: the API refused the key, or the runtime the connection. */
export function isRefusal(
  failure: { readonly code: string; readonly status?: number | undefined } | undefined,
): boolean {
  return failure?.code === "PERMISSION_DENIED" || [401, 403].includes(failure?.status ?? 0);
}

/** Knows the state of a client, and reports its changes to `onStatusChange`. */
export class StatusTracker {
  /** Consecutive failures of loads, or of calls in remote mode. */
  failures = 0;
  readonly #client: StatusClient;
  readonly #guard: Guard;
  #environment: EnvironmentProvider | undefined;
  #lastError: ClientStatus["lastError"];
  #isClosed = false;
  /** The status when it was last checked. */
  #checked: ClientStatus | undefined;
  #cancelTimer = () => {};

  constructor(client: StatusClient) {
    this.#client = client;
    this.#guard = client.guard("onStatusChange");
  }

  /** Must be called once, before the first check. Without an environment the client is in remote mode. */
  start(environment: EnvironmentProvider | undefined): void {
    this.#environment = environment;
    this.#checked = this.#compute(environment?.facts());
  }

  /** Returns the current status, and reports a change. */
  read(): ClientStatus {
    const facts = this.#environment?.facts();
    const status = this.#compute(facts);
    const previous = this.#checked ?? status;
    this.#checked = status;
    this.#arm(status, facts);
    if (status.state !== previous.state || status.problem !== previous.problem) {
      void this.#guard(() => this.#client.options.onStatusChange?.(status, previous));
    }
    return status;
  }

  /** Reports a change, if there is a callback. */
  check(): void {
    if (this.#client.options.onStatusChange !== undefined) this.read();
  }

  failed(failure: FlagsmithClientError): void {
    this.failures++;
    const { code, message } = failure;
    const status = failure instanceof FlagsmithAPIError ? failure.status : undefined;
    this.#lastError = { code, status, message, at: toIsoTime(this.#client.timers.now()) };
    this.check();
  }

  succeeded(): void {
    this.failures = 0;
    this.check();
  }

  close(): void {
    this.#isClosed = true;
    this.check();
  }

  #compute(facts: DocumentFacts | undefined): ClientStatus {
    const isRemote = !facts;
    const circuit = isRemote ? this.#client.connection.circuit?.state : undefined;
    const failure = this.failures > 0 ? this.#lastError : undefined;
    return {
      state: this.#computeState(facts, circuit),
      problem: failure && (isRefusal(failure) ? "unauthorized" : "failing"),
      source: isRemote ? "remote" : facts.environment?.source,
      documentUpdatedAt: facts?.environment?.updatedAt,
      ignoredUpdatedAt: facts?.ignoredUpdatedAt,
      loadedAt: facts?.loadedAt === undefined ? undefined : toIsoTime(facts.loadedAt),
      ageSeconds: facts?.ageMs === undefined ? undefined : facts.ageMs / 1000,
      lastError: this.#lastError,
      consecutiveFailures: this.failures,
      realtime: facts?.realtime,
      circuit,
    };
  }

  #computeState(
    facts: DocumentFacts | undefined,
    circuit: ClientStatus["circuit"],
  ): ClientStatus["state"] {
    if (this.#isClosed) return "closed";
    if (!facts) return (circuit ?? "closed") === "closed" ? "ready" : "unavailable";
    if (facts.environment) return facts.staleInMs > 0 ? "ready" : "stale";
    if (this.failures > 0) return "unavailable";
    return facts.hasStarted ? "loading" : "idle";
  }

  /** Checks the status again when the document becomes stale. */
  #arm({ state }: ClientStatus, facts: DocumentFacts | undefined): void {
    this.#cancelTimer();
    const staleInMs = facts?.staleInMs ?? Number.POSITIVE_INFINITY;
    const { options, timers } = this.#client;
    const isObserved = options.onStatusChange !== undefined;
    if (state !== "ready" || staleInMs >= maxTimerMs || !isObserved) return;
    const cancel = timers.after?.(Math.max(1, staleInMs), () => this.check());
    this.#cancelTimer = cancel ?? this.#cancelTimer;
  }
}

function toIsoTime(ms: number): string {
  return new Date(ms).toISOString();
}
