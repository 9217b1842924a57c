import { compose } from "./compose.ts";
import type { EnvironmentDocument } from "./engine/index.ts";
import { allowUnawaited } from "./evaluation/environment-calls.ts";
import type { Modules } from "./modules.ts";
import type { CallOptions, ReadyOptions, UpdateOptions } from "./options/call-options.ts";
import type { ClientStatus, FlagsmithOptions } from "./options/options.ts";
import type { Platform, WaitUntil } from "./platform/platform.ts";
import type { DeliveryReport } from "./reporting/reporter.ts";
import { getState, RequestScope } from "./request-scope.ts";

/** The client. Create one per environment and keep it for the life of the process. */
class CoreFlagsmith extends RequestScope {
  /** @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. */
  constructor(options: FlagsmithOptions, platform: Platform, modules: Modules) {
    const parts = compose(options, platform, modules);
    super(parts, parts.scope);
  }

  /**
   * Creates the scope of one request, with the same calls. In local evaluation, all of them use the version of the
   * environment that the first call used. In remote mode, equal calls share one request to the API. Background work
   * is passed to the request's `waitUntil`.
   *
   * @param request - the runtime's context of a request, such as the `ctx` of a Worker. Optional.
   */
  forRequest(request?: { readonly waitUntil?: WaitUntil | undefined }): RequestScope {
    const { parts } = getState(this);
    return new RequestScope(parts, parts.scope.forRequest(request));
  }

  /**
   * Resolves when an environment document is in memory. In remote mode it resolves immediately. Loading
   * continues after a timeout. In an isolate it continues only with the option `waitUntil`.
   *
   * Default flags do not count. The offline handler's document counts in offline mode only.
   *
   * @throws {@link FlagsmithAPIError} the failure of the first load. Later calls reject with it immediately
   * during the backoff, and otherwise wait for the load in the background. `API_TIMEOUT` after the wait.
   * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for an invalid `timeoutSeconds`. `NO_ENVIRONMENT` in
   * offline mode without a document. `CLOSED` after `close()`, unless a document is in memory.
   */
  ready(options?: ReadyOptions): Promise<void> {
    return allowUnawaited(getState(this).parts.environment.ready(options));
  }

  /**
   * Loads the environment document now, in offline mode from the offline handler. Does nothing in remote mode.
   *
   * Resolves to whether the document differs from the one that was in memory, or from that of the storage if there was
   * none in memory. Always true in offline mode.
   *
   * @throws {@link FlagsmithAPIError} the failure of the load. The current document is kept.
   * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT` if the handler of offline mode has no document.
   * `STORAGE_FAILED` in an isolate whose storage rejected the document, so that other isolates do not see it.
   * `CLOSED` after `close()`.
   */
  updateEnvironment(options?: UpdateOptions): Promise<boolean> {
    return allowUnawaited(getState(this).parts.environment.update(options));
  }

  /**
   * Loads the environment document and returns it as JSON. The client keeps the document that it has.
   *
   * @throws {@link FlagsmithAPIError} or {@link FlagsmithClientError}: `NO_ENVIRONMENT` in remote mode, `CLOSED`.
   */
  getEnvironment(options?: CallOptions): Promise<EnvironmentDocument> {
    return getState(this).parts.environment.read(options);
  }

  /**
   * Sends queued analytics and events: one attempt after the one in flight. Each attempt takes at most
   * `requestTimeoutSeconds`.
   *
   * Never rejects. Sends nothing during a `Retry-After`. Failed items are sent again later, see {@link deliveryReport}.
   */
  async flush(): Promise<void> {
    await getState(this).parts.reporter.flush();
  }

  /** The same as {@link flush}. */
  flushEvents(): Promise<void> {
    return this.flush();
  }

  /** Counts of analytics and events: accepted, pending, dropped and unconfirmed. */
  deliveryReport(): DeliveryReport {
    return getState(this).parts.reporter.counts();
  }

  /** The state of the client: whether it can answer, the age of its document, and the last failure. Starts nothing. */
  status(): ClientStatus {
    return getState(this).parts.context.status.read();
  }

  /**
   * Ends all background work and sends queued analytics and events: one last attempt after the one in flight,
   * even during a `Retry-After`. Each attempt takes at most `requestTimeoutSeconds`.
   *
   * Later calls are answered from memory in local evaluation, and reject with `CLOSED` otherwise. Calls in
   * progress finish, with their fallbacks if necessary. Never rejects. May be called again.
   */
  async close(): Promise<void> {
    const { scope, environment, reporter, release, context } = getState(this).parts;
    scope.close();
    context.status.close();
    await Promise.all([environment.close(), reporter.close()]);
    // Last, because Deno closes its connections with the last client.
    release?.();
  }

  /** The same as {@link close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

// An adapter's file contains this class and its own `Flagsmith`, which thus keeps its name.
export { CoreFlagsmith as Flagsmith };
