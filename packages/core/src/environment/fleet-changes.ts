import { guardWithin } from "../http/guard-within.ts";
import type { EnvironmentChanges } from "../options/options.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";

/** Pauses before each read of a storage that does not have the announced change yet. */
const readDelaysMs = [0, 500, 2000];

/** How long the runtime is kept working for an announcement. */
const maxPublishMs = 2000;

/** The least pause between two announcements that are followed up. */
const minFollowUpPauseMs = 100;

/** Connects the environment to the user's `changes`. No method throws or rejects: failures are logged. */
export class FleetChanges {
  readonly #changes: EnvironmentChanges;
  readonly #createKey: () => Promise<string>;
  readonly #digest: () => string | undefined;
  readonly #followUp: () => Promise<unknown>;
  readonly #isStored: boolean;
  readonly #timers: Timers;
  readonly #wait: (ms: number) => Promise<void>;
  readonly #guards: Readonly<Record<"subscribe" | "publish" | "unsubscribe", Guard>>;
  #isSubscribed = false;
  #unsubscribe: (() => unknown) | undefined;
  #isStopped = false;
  /** The digest in the last announcement. Empty if it had none. */
  #announced: string | undefined;
  /** The digest in the announcement that is followed up. */
  #followed: string | undefined;

  constructor(options: {
    readonly changes: EnvironmentChanges;
    /** Creates the key of the document in the storage, which names the environment in announcements. */
    readonly createKey: () => Promise<string>;
    /** The digest of the document in memory. */
    readonly digest: () => string | undefined;
    /** Reads the storage, or loads the document without a storage. Never rejects. */
    readonly followUp: () => Promise<unknown>;
    /** Whether there is a storage. */
    readonly isStored: boolean;
    readonly timers: Timers;
    /** Waits, at most until the client is closed. */
    readonly wait: (ms: number) => Promise<void>;
    readonly guard: (kind: string) => Guard;
  }) {
    this.#changes = options.changes;
    this.#createKey = options.createKey;
    this.#digest = options.digest;
    this.#followUp = options.followUp;
    this.#isStored = options.isStored;
    this.#timers = options.timers;
    this.#wait = options.wait;
    this.#guards = {
      subscribe: options.guard("Subscribing to changes"),
      publish: options.guard("Publishing a change"),
      unsubscribe: options.guard("Unsubscribing from changes"),
    };
  }

  /** Subscribes, unless that has succeeded before. */
  start(): void {
    if (this.#isSubscribed || this.#isStopped) return;
    this.#isSubscribed = true;
    void this.#subscribe();
  }

  /**
   * Announces the document with this digest, unless it is likely to be the change that is followed up.
   *
   * @param isNew - whether it is certain to be another version than the document that it replaces.
   */
  async publish(digest: string, isNew: boolean): Promise<void> {
    // Without a storage, each process loads a change and would announce it again: without an end if the texts of the
    // API vary.
    const isKnown = digest === this.#followed || !isNew;
    if (this.#followed !== undefined && isKnown && !this.#isStored) return;
    const limit = { timers: this.#timers, limitMs: maxPublishMs, signal: undefined };
    const message = `${await this.#createKey()} ${digest}`;
    await guardWithin(this.#guards.publish, limit, () => this.#changes.publish?.(message));
  }

  stop(): void {
    this.#isStopped = true;
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    if (unsubscribe) void this.#guards.unsubscribe(() => unsubscribe());
  }

  async #subscribe(): Promise<void> {
    const hasSucceeded = await this.#guards.subscribe(async () => {
      const onChange = (message?: string) => void this.#receive(message);
      this.#unsubscribe = await this.#changes.subscribe(onChange);
      return true;
    });
    this.#isSubscribed = hasSucceeded ?? false;
    if (this.#isStopped) this.stop();
  }

  /** Handles an announcement. Those that arrive while one is followed up cost one more read in all. */
  async #receive(message: unknown): Promise<void> {
    const [key, digest = ""] = typeof message === "string" ? message.split(" ") : [];
    if (key && key !== (await this.#createKey())) return;
    this.#announced = digest;
    if (this.#followed !== undefined) return;
    while (this.#announced !== undefined && !this.#isStopped) {
      this.#followed = this.#announced;
      this.#announced = undefined;
      await this.#follow(this.#followed);
      await this.#wait(minFollowUpPauseMs);
    }
    this.#followed = undefined;
  }

  async #follow(announced: string): Promise<void> {
    // Without a digest one read has to do. The API is asked once, because the polls repeat that.
    const delaysMs = announced === "" || !this.#isStored ? [0] : readDelaysMs;
    for (const delayMs of delaysMs) {
      await this.#wait(delayMs);
      const isNewer = this.#announced !== undefined && this.#announced !== announced;
      if (this.#isStopped || isNewer || this.#digest() === announced) return;
      await this.#followUp();
    }
  }
}
