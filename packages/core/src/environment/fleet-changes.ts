import { guardWithin } from "../http/guard-within.ts";
import type { EnvironmentChanges } from "../options/options.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { onAbort } from "../platform/abort.ts";
import type { Guard } from "../platform/guard.ts";
import { detach, type Timers } from "../platform/platform.ts";
import { storageKey } from "./storage-record.ts";

/** Pauses before each read of a storage that does not have the announced change yet. */
const readDelaysMs = [0, 500, 2000];

/** After how long a subscription or an announcement counts as failed in the log. */
const maxResponseMs = 2000;

/** The least pause between two announcements that are followed up. */
const minFollowUpPauseMs = 100;

/** The environment of one process, as the fleet sees it. No method rejects. */
export interface FleetMember {
  /** The document in memory. */
  readonly current: () => { readonly digest: string; readonly fetchedAt: number } | undefined;
  /** Reads the storage, and asks the API only if the document is due. */
  readonly check: () => Promise<void>;
  /** Asks the API. Resolves to whether that succeeded. */
  readonly load: () => Promise<boolean>;
}

/** The parts of a client that its fleet uses. */
export interface FleetContext {
  readonly options: ParsedOptions;
  /** They need not keep the process alive. */
  readonly timers: Timers;
  readonly guard: (kind: string) => Guard;
}

interface ChangesContext extends FleetContext {
  readonly changes: EnvironmentChanges;
}

/** Connects the environment to the user's `changes`. No method throws or rejects: failures are logged. */
export class FleetChanges {
  readonly #context: ChangesContext;
  readonly #member: FleetMember;
  readonly #closing: AbortSignal;
  readonly #guards: Readonly<Record<"subscribe" | "publish" | "unsubscribe", Guard>>;
  #isSubscribed = false;
  /** The digest in the last announcement. Empty if it had none. */
  #announced: string | undefined;
  /** The digest in the announcement that is followed up. */
  #followedUp: string | undefined;

  /** @param closing - ends the subscription and all waits. */
  constructor(context: ChangesContext, member: FleetMember, closing: AbortSignal) {
    this.#context = context;
    this.#member = member;
    this.#closing = closing;
    this.#guards = {
      subscribe: context.guard("Subscribing to changes"),
      publish: context.guard("Publishing a change"),
      unsubscribe: context.guard("Unsubscribing from changes"),
    };
  }

  /** Subscribes, unless that has succeeded before. Called for each load. */
  start(): void {
    if (this.#isSubscribed || this.#closing.aborted) return;
    this.#isSubscribed = true;
    void detach(this.#context.timers, () => this.#subscribe());
  }

  /**
   * Announces the document with this digest, unless it is likely to be the change that is followed up.
   *
   * @param isNew - whether it is certain to be another version than the document that it replaces.
   */
  async publish(digest: string, isNew: boolean): Promise<void> {
    const { changes, options, timers } = this.#context;
    // Without a storage, each process loads a change and would announce it again: without an end if the texts of the
    // API vary.
    const isKnown = digest === this.#followedUp || !isNew;
    if (this.#followedUp !== undefined && isKnown && !options.storage) return;
    const limit = { timers, limitMs: maxResponseMs, signal: undefined };
    const message = `${await storageKey(options.environmentKey, options.apiUrl)} ${digest}`;
    await guardWithin(this.#guards.publish, limit, () => changes.publish?.(message));
  }

  async #subscribe(): Promise<void> {
    const guard = this.#guards.subscribe;
    const subscribing = guard(async () => {
      // Only the end of a wait by `closing` rejects. A bus within the process may call it from a request.
      const receive = (message?: string) => this.#receive(message).catch(() => undefined);
      const onChange = (message?: string) =>
        void detach(this.#context.timers, () => receive(message));
      const unsubscribe = await this.#context.changes.subscribe(onChange);
      const end = () => void this.#guards.unsubscribe(() => unsubscribe?.());
      if (this.#closing.aborted) end();
      else onAbort(this.#closing, end);
      return true;
    });
    // It is logged if it takes long, and may still succeed.
    const limit = { timers: this.#context.timers, limitMs: maxResponseMs, signal: this.#closing };
    void guardWithin(guard, limit, () => subscribing);
    this.#isSubscribed = (await subscribing) ?? false;
  }

  /** Handles an announcement. Those that arrive while one is followed up cost one more read in all. */
  async #receive(message: unknown): Promise<void> {
    const { options, timers } = this.#context;
    const [key, digest = ""] = typeof message === "string" ? message.split(" ") : [];
    if (key && key !== (await storageKey(options.environmentKey, options.apiUrl))) return;
    this.#announced = digest;
    if (this.#followedUp !== undefined) return;
    while (this.#announced !== undefined) {
      this.#followedUp = this.#announced;
      this.#announced = undefined;
      await this.#followUp(this.#followedUp);
      await timers.sleep(minFollowUpPauseMs, this.#closing);
    }
    this.#followedUp = undefined;
  }

  async #followUp(announced: string): Promise<void> {
    const { options, timers } = this.#context;
    // Without a digest one read has to do. The API is asked once, because the polls repeat that.
    const delaysMs = announced === "" || !options.storage ? [0] : readDelaysMs;
    // Another announcement starts the reads again.
    const isOver = () =>
      this.#announced !== undefined || this.#member.current()?.digest === announced;
    for (const delayMs of delaysMs) {
      // Before the wait, too, which would delay the next announcement.
      if (isOver()) return;
      await timers.sleep(delayMs, this.#closing);
      if (isOver()) return;
      await (options.storage ? this.#member.check() : this.#member.load());
    }
  }
}
