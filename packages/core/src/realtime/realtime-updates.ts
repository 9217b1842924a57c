import type { Environment } from "../environment/environment.ts";
import { unreferenced } from "../platform/platform.ts";
import type { ChangeFeed, FedEnvironment } from "./change-feed.ts";
import { CatchUp } from "./change-tracker.ts";
import { EventStream, type EventStreamContext } from "./event-stream.ts";

/** What {@link RealtimeUpdates} need of the client. */
export interface RealtimeUpdatesContext
  extends Pick<EventStreamContext, "open" | "timeoutMs" | "logger" | "timers"> {
  readonly environment: FedEnvironment;
}

/** What changed while there was no stream, a cache may hide from the check that follows. */
const settledMs = 20_000;

const notEnabled =
  "Realtime updates are not enabled for this Flagsmith project: changes are seen by polling.";

/** Keeps an environment as new as Flagsmith's stream of changes says that it is. */
export class RealtimeUpdates implements ChangeFeed {
  readonly #environment: FedEnvironment;
  readonly #catchUp: CatchUp;
  readonly #stream: EventStream;
  readonly #warn: (message: string) => void;
  #isEnabled = true;

  constructor(context: RealtimeUpdatesContext) {
    this.#environment = context.environment;
    this.#warn = context.logger.warn;
    this.#catchUp = new CatchUp({ ...context, timers: unreferenced(context.timers) });
    this.#stream = new EventStream({
      ...context,
      onOpen: () => void this.#check(),
      onBroken: () => context.environment.lag(),
      onChange: (updatedAt) => this.#catchUp.told(updatedAt),
    });
  }

  follow({ key, isRealtime }: Environment): void {
    if (this.#isEnabled && !isRealtime) this.#warn(notEnabled);
    this.#isEnabled = isRealtime;
    this.#stream.follow(key);
    this.#catchUp.loaded();
  }

  isKeepingUp(): boolean {
    return this.#isEnabled && this.#stream.isOpenFor(settledMs) && !this.#catchUp.isBehind;
  }

  forgive(): void {
    this.#stream.forgive();
  }

  stop(): void {
    this.#stream.stop();
    this.#catchUp.stop();
  }

  /** What was changed before the stream was open, nobody tells. */
  async #check(): Promise<void> {
    await this.#environment.idle();
    if (this.#stream.isOpen) await this.#environment.load({ isUnconditional: false });
  }
}
