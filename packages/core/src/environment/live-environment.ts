import { createClosedError, FlagsmithAPIError, FlagsmithClientError } from "../errors.ts";
import { type Call, remainingMs } from "../http/call.ts";
import { isRenderSignal } from "../http/render-signal.ts";
import type { UpdateOptions } from "../options/call-options.ts";
import type { WaitUntil } from "../platform/platform.ts";
import { type CallPlan, planCall } from "./call-plan.ts";
import { DocumentLoader, type LoaderOptions } from "./document-loader.ts";
import type { DocumentFacts, Environment, EnvironmentProvider } from "./environment.ts";
import type { Load } from "./load.ts";

/**
 * The environment document of the API, on every runtime. Answers calls from memory, and lets them wait for loads.
 * `docs/internals.md` lists its states, and what each event does.
 *
 * Without timers between requests, calls start the refreshes and read the storage in time. Without `waitUntil`,
 * such a load ends with its request, so the call waits for it. Without shared promises, calls check the stage of
 * another request's load every 50 ms.
 */
export class LiveEnvironment implements EnvironmentProvider {
  readonly #options: LoaderOptions;
  readonly #loader: DocumentLoader;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#loader = new DocumentLoader(options);
  }

  current(): Environment | undefined {
    const { schedule, current } = this.#loader;
    return this.#options.timers.monotonicNow() < schedule.freshUntil
      ? current.value?.environment
      : undefined;
  }

  peek(waitUntil: WaitUntil | undefined): Environment | undefined {
    const loader = this.#loader;
    const call = { signal: undefined, deadlineAt: Number.POSITIVE_INFINITY, waitUntil };
    const canOutlive = this.#hasTimer || waitUntil !== undefined;
    const plan = this.#plan(call, loader.schedule.inFlight);
    if (canOutlive && !loader.schedule.isClosed && plan?.load === "start") loader.start({ call });
    return loader.current.value?.environment;
  }

  facts(): DocumentFacts {
    return this.#loader.facts();
  }

  async ready(call: Call): Promise<Environment> {
    const loader = this.#loader;
    const { failure } = loader;
    await this.#wait(call);
    if (call.waitsFor === "api" && !loader.schedule.isClosed && !loader.current.isConfirmed) {
      // The wait has just asked the API.
      if (loader.failure !== failure) throw loader.failure;
      await this.#force(call, ({ failure }) => loader.current.isConfirmed || !!failure);
    }
    if (loader.current.value) return loader.current.value.environment;
    if (loader.schedule.isClosed) throw createClosedError();
    throw loader.failure ?? createDeadlineError();
  }

  async update(call: Call, { acceptOlder = false }: UpdateOptions = {}): Promise<boolean> {
    const { source } = this.#options;
    const earlier = this.#loader.schedule.inFlight;
    const knownDigest = this.#loader.current.value?.digest ?? source.readStoredDigest(call);
    this.#loader.realtime?.resume();
    const isWanted = (load: Load) =>
      load !== earlier && (acceptOlder ? load.acceptsOlder : load.isForced);
    const load = await this.#force(call, isWanted, acceptOlder);
    const isStored = (await this.#loader.waitForWrite(load, call)) && load.isStored;
    if (!isStored && !this.#hasTimer) {
      const message =
        "The environment could not be written to the storage, so other isolates do not see it.";
      throw new FlagsmithClientError("STORAGE_FAILED", message);
    }
    return (await knownDigest) !== this.#loader.current.value?.digest;
  }

  async read(call: Call): Promise<unknown> {
    return (await this.#options.loadDocument(call)).document;
  }

  close(): Promise<void> {
    return this.#loader.close();
  }

  get #hasTimer(): boolean {
    return this.#options.timers.after !== undefined;
  }

  /** Starts and awaits loads until the call can be answered. */
  async #wait(call: Call): Promise<void> {
    const loader = this.#loader;
    let load: Load | undefined;
    while (!loader.schedule.isClosed) {
      if (load?.call !== call) load = loader.schedule.inFlight;
      else if (isRenderSignal(load.failure)) throw load.failure;
      const plan = this.#plan(call, load);
      if (plan === undefined) return;
      if (!load || plan.load === "start") load = loader.start({ call });
      else if (this.#options.sharesPromises) {
        // The host may stop the process after the response, with a load that its timer has started.
        call.waitUntil?.(load.waitFor("stored"));
      }
      if (await this.#waitForPlan(plan, load, call)) continue;
      if (plan.onTimeout === "longer") {
        loader.schedule.timedOut();
        this.#options.logger.warn(
          "The environment could not be refreshed within a request: pass a waitUntil to forRequest().",
        );
      }
      if (plan.onTimeout !== "replace") return;
      loader.schedule.ended(load);
    }
  }

  #waitForPlan({ until, maxMs }: CallPlan, load: Load, call: Call): Promise<boolean> {
    const hasDocument = () => this.#loader.current.value !== undefined || load.has("loaded");
    return load.waitFor(until === "document" ? hasDocument : until, { call, maxMs });
  }

  #plan(call: Call, load: Load | undefined): CallPlan | undefined {
    const { current, failure, schedule } = this.#loader;
    return planCall({
      document: current.value ? schedule.age : "missing",
      load,
      isOwn: load?.call === call,
      isBlocked: schedule.isBlocked,
      isStorageDue: schedule.isStorageDue,
      hasTimer: this.#hasTimer,
      hasWaitUntil: call.waitUntil !== undefined,
      sharesPromises: this.#options.sharesPromises,
      isPatient: !failure || call.waitsFor !== undefined,
      patienceMs: schedule.patienceMs,
      remainingMs: remainingMs(call, this.#options.timers),
      timeoutMs: this.#options.timeoutMs,
    });
  }

  /** Starts and awaits loads until one of them is the one that the call needs. @throws its failure. */
  async #force(call: Call, isWanted: (load: Load) => boolean, acceptsOlder = false): Promise<Load> {
    const { timers, sharesPromises, timeoutMs } = this.#options;
    const { schedule } = this.#loader;
    for (;;) {
      if (schedule.isClosed) throw createClosedError();
      const { inFlight } = schedule;
      // The refresh of another request may have been cancelled, so only updates wait for each other.
      const other = sharesPromises || inFlight?.isForced ? inFlight : undefined;
      const load = other ?? this.#loader.start({ call, isForced: true, acceptsOlder });
      const mayBeLost = other && !sharesPromises;
      const maxMs = mayBeLost
        ? Math.min(remainingMs(call, timers) / 2, timeoutMs - load.ageMs)
        : undefined;
      const hasLoaded = await load.waitFor("loaded", { call, maxMs });
      if (hasLoaded && isWanted(load)) {
        if (load.failure !== undefined) throw load.failure;
        return load;
      }
      if (!hasLoaded && !mayBeLost) throw createDeadlineError();
      schedule.ended(load);
    }
  }
}

/** Creates the error of a call whose deadline passes before the document arrives. */
function createDeadlineError(): FlagsmithAPIError {
  const message = "The environment document did not arrive within the call's deadline.";
  return new FlagsmithAPIError("API_TIMEOUT", message);
}
