import type { ClientStatus, Flagsmith } from "@flagsmith-isomorphic/core";
import { observeClient } from "@flagsmith-isomorphic/core/integration";
import { type OpenFeatureEventEmitter, ProviderEvents } from "@openfeature/server-sdk";

/** The statuses of a provider that follow from the status of a client. */
type ReportedStatus = ProviderEvents.Ready | ProviderEvents.Stale | ProviderEvents.Error;

/** Emits the events of a provider when the status or the document of its client changes. */
export class ClientEvents {
  readonly #emitter: OpenFeatureEventEmitter;
  readonly #client: Flagsmith;
  readonly #stopObserving: () => void;
  /** `undefined` until `initialize()` has ended, whose own event the SDK emits. */
  #reported: ReportedStatus | undefined;

  constructor(client: Flagsmith, emitter: OpenFeatureEventEmitter) {
    this.#emitter = emitter;
    this.#client = client;
    this.#stopObserving = observeClient(client, {
      onStatusChange: (status) => this.#report(status),
      onEnvironmentChange: (error, { changedFeatures }) => {
        if (error === null && changedFeatures?.length !== 0) this.#reportChange(changedFeatures);
      },
    });
  }

  /** Starts to emit events. @param reported - the event of `initialize()` itself. */
  start(reported: ReportedStatus): void {
    this.#reported = reported;
    this.#report(this.#client.status());
  }

  stop(): void {
    this.#reported = undefined;
    this.#stopObserving();
  }

  #report(status: ClientStatus): void {
    const reported = findReportedStatus(status);
    if (this.#reported === undefined || reported === undefined || reported === this.#reported) {
      return;
    }
    this.#reported = reported;
    const message = status.lastError?.message;
    this.#emitter.emit(reported, {
      ...(reported !== ProviderEvents.Ready && message !== undefined && { message }),
    });
  }

  #reportChange(changedFeatures: readonly string[] | undefined): void {
    if (this.#reported === undefined) return;
    this.#emitter.emit(ProviderEvents.ConfigurationChanged, {
      ...(changedFeatures && { flagsChanged: [...changedFeatures] }),
    });
  }
}

/** Returns `undefined` if the status of the provider stays. */
function findReportedStatus({ state, problem, source }: ClientStatus): ReportedStatus | undefined {
  // Never fatal: the SDK would no longer call the provider, which can recover.
  if (state === "unavailable") return ProviderEvents.Error;
  if (source === "remote") {
    if (state !== "ready") return undefined;
    // Single calls may fail. If the API refuses the key, all of them do.
    return problem === "unauthorized" ? ProviderEvents.Error : ProviderEvents.Ready;
  }
  if (state === "stale") return ProviderEvents.Stale;
  if (state !== "ready") return undefined;
  return problem === undefined ? ProviderEvents.Ready : ProviderEvents.Stale;
}
