import { closedError, FlagsmithAPIError, type FlagsmithClientError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import type { EnvironmentChangeHandler } from "../options/options.ts";
import type { Logger } from "../platform/logger.ts";
import type { KeepVersion, Version, Versions } from "./document-source.ts";
import { failureOf, isRefusal, logFailure } from "./load-failure.ts";
import type { LazySchedule } from "./refresh-schedule.ts";
import { isLater } from "./timestamps.ts";

/** What a {@link HeldVersion} needs of the client. */
export interface HeldVersionContext {
  readonly versions: Versions;
  readonly logger: Logger;
  readonly onChange: EnvironmentChangeHandler;
  /** For one load: all attempts, pages and waits. */
  readonly deadlineMs: number;
}

const alreadyKept: KeepVersion = async () => true;

/** The version that an isolate has in memory, the newest of all that its requests have met. */
export class HeldVersion {
  readonly #context: HeldVersionContext;
  readonly #schedule: LazySchedule;
  #version: Version | undefined;
  #failure: FlagsmithClientError | undefined;
  #isClosed = false;

  constructor(context: HeldVersionContext, schedule: LazySchedule) {
    this.#context = context;
    this.#schedule = schedule;
  }

  get version(): Version | undefined {
    return this.#version;
  }

  /** Why the last load failed; `undefined` once one has gone well. */
  get failure(): FlagsmithClientError | undefined {
    return this.#failure;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Takes what the storage has, if it is newer. */
  async readStorage(call: Call): Promise<void> {
    const found = await this.#context.versions.stored(this.#version, call);
    this.#schedule.checkedStorage();
    if (found === undefined || !(this.#isLater(found) || this.#leadMs(found) < 0)) return;
    this.#schedule.found(found.revision.fetchedAt, { isFirst: this.#version === undefined });
    this.#adopt(found);
  }

  /** From the storage, however old, or else from the API. */
  async load(call: Call): Promise<KeepVersion> {
    try {
      await this.readStorage(call);
      return this.#version ? alreadyKept : await this.ask(undefined, call);
    } catch (error) {
      // Another request may have had more luck meanwhile. Who has left wants no answer.
      if (this.#version === undefined || call.signal?.aborted) throw error;
      return alreadyKept;
    }
  }

  /** Takes the API's version, if it is newer, and gives what puts it into the storage. */
  async ask(known: Version | undefined, call: Call): Promise<KeepVersion> {
    if (this.#isClosed) throw closedError();
    try {
      const { version, keep } = await this.#context.versions.latest(known, call);
      this.#failure = undefined;
      const leadMs = this.#leadMs(version);
      // A slow answer to an early request is older than the quick one to a later. But no request takes
      // longer than its deadline: by more, a clock was wrong, as it is where the document is a later one.
      const isOlder = leadMs > 0 && leadMs <= this.#context.deadlineMs && !this.#isLater(version);
      if (!isOlder) this.#adopt(version);
      this.#schedule.answered(version.revision.fetchedAt + (isOlder ? leadMs : 0));
      return isOlder ? alreadyKept : keep;
    } catch (thrown) {
      if (call.signal?.aborted) throw thrown;
      const failure = failureOf(thrown);
      const isImpatience = call.isBrief && failure.code === "API_TIMEOUT";
      if (!isImpatience) this.#note(failure);
      throw failure;
    }
  }

  #isLater({ environment }: Version): boolean {
    return isLater(environment.updatedAt, this.#version?.environment.updatedAt);
  }

  /** By how much the version in memory is newer. */
  #leadMs({ revision }: Version): number {
    const ours = this.#version?.revision.fetchedAt ?? Number.NEGATIVE_INFINITY;
    return ours - revision.fetchedAt;
  }

  #adopt(version: Version): void {
    const isNew = version.environment !== this.#version?.environment;
    this.#version = version;
    const { updatedAt } = version.environment;
    if (isNew) this.#context.onChange(null, { updatedAt });
  }

  #note(failure: FlagsmithClientError): void {
    const { logger, onChange } = this.#context;
    this.#failure = failure;
    const { retryAfterMs = 0 } = failure instanceof FlagsmithAPIError ? failure : {};
    this.#schedule.failed({
      hasDocument: this.#version !== undefined,
      leastPauseMs: isRefusal(failure) ? Number.POSITIVE_INFINITY : retryAfterMs,
    });
    logFailure(logger, failure);
    onChange(failure, { updatedAt: this.#version?.environment.updatedAt });
  }
}
