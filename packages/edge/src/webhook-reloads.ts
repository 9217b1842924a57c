import { type Flagsmith, FlagsmithClientError } from "@flagsmith-isomorphic/core";
import { edgePlatform } from "./edge-platform.ts";

/** The part of a client that webhooks use. */
export type WebhookClient = Pick<Flagsmith, "updateEnvironment" | "currentSnapshot">;

/** The least time between the starts of two loads. Workers KV accepts one write per second for each key. */
const minPauseMs = 1000;

/** A load that takes longer may have been cancelled with its request, so it does not delay the next one. */
const maxLoadMs = 10_000;

/** The time between two looks at the load of another request. */
const checkMs = 50;

/** The waits before further loads if an earlier one brought no change: the webhook was faster than the API. */
const reloadDelaysMs = [2000, 5000, 10_000] as const;

/** Further loads of an unchanged document. The others are for one that is older than the webhook says. */
const maxUnchangedReloads = 2;

/** The loads that started before a webhook arrived, and the changes that had been found. */
interface Arrival {
  readonly loads: number;
  readonly changes: number;
}

/**
 * The loads that the webhooks of one client start: at most one per second.
 *
 * A load that starts after a webhook arrived serves it. Consists of counters and instants, because a request in
 * an isolate may not wait for a promise of another request.
 */
export class WebhookReloads {
  readonly #client: WebhookClient;
  /** Loads are numbered in the order of their start. */
  #loads = 0;
  #startedAt = Number.NEGATIVE_INFINITY;
  /** The last load that has ended. */
  #ended = { number: 0, isLoaded: false };
  /** The number of loads that brought a different document. */
  #changes = 0;

  constructor(client: WebhookClient) {
    this.#client = client;
  }

  /** Must be called when a webhook arrives. */
  arrive(): Arrival {
    return { loads: this.#loads, changes: this.#changes };
  }

  /**
   * Waits for a load that started after the arrival, or starts it. Returns whether it succeeded.
   *
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT`: a client in remote mode is a programming error here.
   */
  async reload({ loads }: Pick<Arrival, "loads">): Promise<boolean> {
    while (this.#ended.number <= loads) {
      if (this.#mayStart()) await this.#load();
      else await edgePlatform.timers.sleep(checkMs);
    }
    return this.#ended.isLoaded;
  }

  /**
   * Loads again until the document has changed since the arrival, and is as new as the webhook says.
   *
   * @param changedAt - milliseconds since the epoch. NaN if the webhook has no date. A document can be older than the
   * change although it is newer than this date, so the date does not replace the comparison with the last document.
   */
  async reloadUntilChanged({ changes }: Arrival, changedAt: number): Promise<void> {
    for (const [index, delayMs] of reloadDelaysMs.entries()) {
      const isUnchanged = this.#changes === changes && index < maxUnchangedReloads;
      // False without a date, because NaN compares with nothing.
      const isOlder = Date.parse(this.#client.currentSnapshot()?.updatedAt ?? "") < changedAt;
      if (!isUnchanged && !isOlder) return;
      await edgePlatform.timers.sleep(delayMs - minPauseMs);
      const arrival = this.arrive();
      // Webhooks that arrived within the same second share this load.
      await edgePlatform.timers.sleep(minPauseMs);
      await this.reload(arrival);
    }
  }

  #mayStart(): boolean {
    const ageMs = edgePlatform.timers.monotonicNow() - this.#startedAt;
    const isInFlight = this.#ended.number < this.#loads && ageMs < maxLoadMs;
    return !isInFlight && ageMs >= minPauseMs;
  }

  async #load(): Promise<void> {
    const number = ++this.#loads;
    this.#startedAt = edgePlatform.timers.monotonicNow();
    let isLoaded = true;
    try {
      if (await this.#client.updateEnvironment()) this.#changes += 1;
    } catch {
      // The client reports the failure, see `status()`.
      isLoaded = false;
    }
    // A later load may have ended before.
    if (number > this.#ended.number) this.#ended = { number, isLoaded };
    if (isLoaded && this.#client.currentSnapshot() === undefined) {
      throw new FlagsmithClientError(
        "NO_ENVIRONMENT",
        "Webhooks need a client with local evaluation.",
      );
    }
  }
}
