import { compose, type Parts } from "./compose.ts";
import { invalidOption } from "./errors.ts";
import type { CallOptions } from "./http/call.ts";
import type { Modules } from "./modules.ts";
import { seconds, secondsPerDay } from "./options/option-checks.ts";
import type { FlagsmithOptions } from "./options/options.ts";
import type { Platform, WaitUntil } from "./platform/platform.ts";
import type { DeliveryReport } from "./reporting/delivery.ts";
import { RequestScope } from "./request-scope.ts";

/** Options of {@link Flagsmith.ready}. */
export interface ReadyOptions extends CallOptions {
  /**
   * Seconds to wait at most; no more than two days.
   * @defaultValue `requestDeadlineSeconds`
   */
  readonly timeoutSeconds?: number | undefined;
}

/** The client: one per environment, for as long as the process lives. Adapters give it its platform. */
export class Flagsmith extends RequestScope {
  readonly #parts: Parts;

  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: FlagsmithOptions, platform: Platform, modules: Modules) {
    const parts = compose(options, platform, modules);
    super(parts);
    this.#parts = parts;
  }

  /**
   * The same questions within one request: in local evaluation all answers come from one version of the
   * environment, pinned by the first of them, and background work goes to the request's `waitUntil`.
   *
   * @param request - what the runtime hands to a request, such as the `ctx` of a Worker; may be missing.
   */
  forRequest(request?: { readonly waitUntil?: WaitUntil | undefined }): RequestScope {
    // Called as a method: runtimes check what it is called on.
    const waitUntil = request?.waitUntil && ((work: Promise<unknown>) => request.waitUntil?.(work));
    return new RequestScope(this.#parts.scope(waitUntil));
  }

  /**
   * Resolves when there is a document to answer flags from: at once in remote mode. Loading goes on when
   * the wait is over; in an isolate only under the option `waitUntil`, else it ends with the wait.
   *
   * @throws {@link FlagsmithAPIError} the failure of the first load, and from then on at once, until one in the
   * background goes well, or {@link updateEnvironment} does; `API_TIMEOUT` when time is up. What an offline
   * handler or default flags could answer makes no difference.
   * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a bad `timeoutSeconds`; `NO_ENVIRONMENT` in offline
   * mode without a document; `CLOSED` after `close()`, unless there is a document in memory.
   */
  async ready({ timeoutSeconds, ...options }: ReadyOptions = {}): Promise<void> {
    const complaint = timeoutSeconds === undefined ? undefined : waitComplaint(timeoutSeconds);
    if (complaint !== undefined) throw invalidOption("timeoutSeconds", complaint);
    const { calls, provider, snapshots } = this.#parts;
    options.signal?.throwIfAborted();
    if (snapshots?.current() !== undefined) return;
    const deadlineMs = timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000;
    const call = calls.begin(options, deadlineMs);
    await provider?.ready(call);
  }

  /**
   * Loads the environment document now, whole, and restarts polling if a 401, a 403 or a missing permission
   * had stopped it; asks the handler again in offline mode, and does nothing in remote mode.
   *
   * @throws {@link FlagsmithAPIError} the load's failure; the old document is kept.
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` when the handler of offline mode gives no document;
   * in an isolate `STORAGE_FAILED` where the storage does not take the document, so that nobody else sees it;
   * `CLOSED` after `close()`.
   */
  async updateEnvironment(options?: CallOptions): Promise<void> {
    const { calls, provider } = this.#parts;
    const call = calls.begin(options);
    await provider?.update(call);
  }

  /**
   * Sends what analytics and events have collected: one attempt, after what is on its way; each takes at most
   * `requestTimeoutSeconds`.
   *
   * Never rejects: what fails is kept and sent again later, as {@link deliveryReport} tells. Where the
   * server has asked to wait (`Retry-After`), it is not asked before.
   */
  async flush(): Promise<void> {
    await this.#parts.reports.flush();
  }

  /** What became of analytics and events so far. */
  deliveryReport(): DeliveryReport {
    return this.#parts.reports.report();
  }

  /**
   * Ends all background work, and sends what analytics and events have collected: one last attempt, after
   * what is on its way and whatever `Retry-After` says; each takes at most
   * `requestTimeoutSeconds`. In local evaluation later calls answer from memory, else they fail with `CLOSED`;
   * those under way end by themselves. Never rejects; closing again does no harm.
   */
  async close(): Promise<void> {
    const { calls, provider, reports } = this.#parts;
    calls.close();
    provider?.close();
    await reports.close();
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const waitComplaint = seconds(2 * secondsPerDay, { orZero: true });
