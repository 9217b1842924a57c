import type { Environment } from "../environment/environment.ts";
import { unreference } from "../platform/platform.ts";
import { ChangeTracker, type FollowedEnvironment } from "./change-tracker.ts";
import { EventStream, type EventStreamOptions } from "./event-stream.ts";

/** Right after a reconnect, a cache may return a stale document, so the stream is not trusted yet. */
const minTrustedMs = 20_000;

/**
 * Keeps an environment as new as the change events of Flagsmith's realtime stream.
 *
 * The stream opens with the first document. Each event reloads the environment until it is as new as the
 * event. While `isKeepingUp()`, polls are only a safety net and come at a longer interval.
 */
export class RealtimeUpdates {
  readonly #tracker: ChangeTracker;
  readonly #stream: EventStream;
  readonly #warn: (message: string) => void;
  #isEnabled = true;

  constructor(options: EventStreamOptions, environment: FollowedEnvironment) {
    const { logger, timers } = options;
    this.#warn = logger.warn;
    this.#tracker = new ChangeTracker({ environment, timers: unreference(timers), logger });
    this.#stream = new EventStream(options, {
      // The stream does not replay changes made while it was closed, so load once after connecting.
      onOpen: async () => {
        await environment.idle();
        if (this.#stream.isOpen) await environment.load(true);
      },
      onLost: () => environment.onFallingBehind(),
      onChange: (updatedAt) => this.#tracker.onChange(updatedAt),
    });
  }

  /** Must be called with each loaded or stored document. The first call opens the stream, a changed key moves it. */
  follow({ key, isRealtime }: Environment): void {
    if (this.#isEnabled && !isRealtime) {
      this.#warn(
        "Realtime updates are not enabled for this project: changes are detected by polling.",
      );
    }
    this.#isEnabled = isRealtime;
    this.#stream.follow(key);
    this.#tracker.onLoaded();
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  /** Whether the stream works, and the environment is as new as its events. */
  isKeepingUp(): boolean {
    return this.#isEnabled && this.#stream.isOpenFor(minTrustedMs) && !this.#tracker.isBehind;
  }

  /** Makes `follow()` reconnect immediately after a refusal. */
  resume(): void {
    this.#stream.resume();
  }

  /** Closes the stream until `follow()` is called again. */
  stop(): void {
    this.#stream.stop();
    this.#tracker.stop();
  }
}
