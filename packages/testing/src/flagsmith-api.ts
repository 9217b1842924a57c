import { type ApiRequest, decodeBody } from "./api-request.ts";
import { type ApiResponse, type RouteResponse, toApiResponse } from "./api-response.ts";
import { type Delay, timeoutDelay } from "./body-stream.ts";
import { applyFault, createFaultResponse, type Fault, FaultQueue } from "./faults.ts";
import { createFetch, type FetchFunction } from "./fetch.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { type CommandHandlers, handleControlRequest, parseCommand } from "./remote-control.ts";
import { Router } from "./router.ts";
import {
  createEnvironmentDocumentRoute,
  environmentDocumentPath,
} from "./routes/environment-document.ts";
import { createFlagsRoute } from "./routes/flags.ts";
import { IdentitiesRoute } from "./routes/identities.ts";
import { RealtimeService } from "./routes/realtime.ts";
import {
  type AcceptedEvent,
  createAnalyticsRoute,
  createEvaluationsRoute,
  createEventsRoute,
  ReceivedReports,
} from "./routes/reports.ts";
import { type DocumentDates, ServedEnvironment } from "./served-environment.ts";
import { type Draft, emptyDocument, type WireDocument } from "./wire-document.ts";
import type { IdentityFlagsHandler } from "./wire-flags.ts";

/** Options of {@link createFlagsmithApi}. */
export interface FlagsmithApiOptions {
  /**
   * The environment document to serve. Its `api_key` is the client-side key.
   * @defaultValue an environment without features, whose client-side key is `"client-key"`
   */
  readonly document?: WireDocument | undefined;
  /** The server-side key. @defaultValue `"ser.testing"` */
  readonly environmentKey?: string | undefined;
  /** More keys to accept. Those that start with `ser.` are server-side keys. */
  readonly extraKeys?: readonly string[] | undefined;
  /** Returns the flags of an identity, or `undefined` to evaluate them from the document. */
  readonly identityFlags?: IdentityFlagsHandler | undefined;
  /** Identity overrides per page of the environment document. @defaultValue one page */
  readonly pageSize?: number | undefined;
  /**
   * How changes move the dates of the document. A real server with default settings is `"lagging"`.
   * @defaultValue `"exact"`
   */
  readonly documentDates?: DocumentDates | undefined;
  /**
   * Share of the requests for the environment document, from 0 to 1, that get the version before the last
   * change, as from a lagging replica. Headers have the current date. Each page is a request. With 0.5, the
   * second, fourth, sixth … request gets the old version. @defaultValue 0
   */
  readonly replicaLag?: number | undefined;
  /** Whether to serve the events API of the hosted service. @defaultValue `false` */
  readonly events?: boolean | undefined;
  /**
   * Whether to serve the realtime streams of the hosted service. `true` sends an event at each change that
   * moves the date of the document; `"manual"` sends only what the test sends. @defaultValue `false`
   */
  readonly realtime?: boolean | "manual" | undefined;
  /** Whether a `RemoteControl` may control the API, under `/testing/`. @defaultValue `false` */
  readonly control?: boolean | undefined;
  /** The API's clock, in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: (() => number) | undefined;
  /** Waits for the slow faults of `fetch`. @defaultValue a wait based on `AbortSignal.timeout` */
  readonly delay?: Delay | undefined;
}

/**
 * Creates an in-memory Flagsmith API that serves an environment document.
 *
 * @throws {TypeError} for an invalid document or an unknown `documentDates`
 * @throws {RangeError} for a `pageSize` below 1 or a `replicaLag` that is not from 0 to 1
 *
 * @example
 * const api = createFlagsmithApi({ document });
 * const flagsmith = new Flagsmith({ environmentKey: api.environmentKey, fetch: api.fetch });
 * api.failNext(1, { kind: "status", status: 503, retryAfter: "1" });
 */
export function createFlagsmithApi(options: FlagsmithApiOptions = {}): FlagsmithApi {
  return new FlagsmithApi(options);
}

/** An in-memory Flagsmith API. */
export class FlagsmithApi {
  /** Reaches the API as the `fetch` option of a client, at any origin. */
  readonly fetch: FetchFunction;
  readonly environmentKey: string;
  readonly #environment: ServedEnvironment;
  readonly #identities: IdentitiesRoute;
  readonly #reports = new ReceivedReports();
  readonly #realtime = new RealtimeService();
  readonly #faults = new FaultQueue();
  readonly #router: Router;
  readonly #options: FlagsmithApiOptions;
  readonly #now: () => number;
  #requests: ReceivedRequest[] = [];

  constructor(options: FlagsmithApiOptions) {
    const {
      document = emptyDocument,
      environmentKey = "ser.testing",
      extraKeys = [],
      pageSize,
    } = options;
    if (pageSize !== undefined && !(pageSize >= 1)) {
      throw new RangeError("createFlagsmithApi: pageSize must be 1 or more.");
    }
    this.environmentKey = environmentKey;
    this.#options = { ...options };
    this.#now = options.now ?? Date.now;
    this.#environment = new ServedEnvironment(document, this.#now);
    this.#restoreSettings();
    this.#identities = new IdentitiesRoute(this.#environment, options.identityFlags);
    const routes = [
      createFlagsRoute(this.#environment),
      this.#identities,
      createEnvironmentDocumentRoute(this.#environment, pageSize),
      createAnalyticsRoute(this.#reports),
      createEvaluationsRoute(this.#reports),
      ...(options.events === true ? [createEventsRoute(this.#reports)] : []),
    ];
    this.#router = new Router(routes, [environmentKey, ...extraKeys]);
    this.fetch = createFetch((request) => this.handle(request), options.delay ?? timeoutDelay);
  }

  /** The requests received so far, oldest first, without those of a `RemoteControl`. */
  get requests(): readonly ReceivedRequest[] {
    return [...this.#requests];
  }

  clearRequests(): void {
    this.#requests = [];
  }

  /** A copy of the environment document that is served now. */
  get document(): WireDocument {
    return structuredClone(this.#environment.document);
  }

  /** Serves another document, with a later `updated_at` than before unless dates are `"frozen"`. */
  setDocument(document: WireDocument): void {
    const { updatedAtText } = this.#environment;
    this.#environment.update(() => document);
    if (this.#environment.updatedAtText !== updatedAtText) this.#announceChange();
  }

  /**
   * Changes a copy of the document and serves it, with a later `updated_at` than before unless dates are
   * `"frozen"`.
   */
  updateDocument(mutate: (draft: Draft<WireDocument>) => void): void {
    this.setDocument(mutateCopy(this.#environment.document, mutate));
  }

  /**
   * Changes the document after `delayMs` milliseconds by the API's clock, like a scheduled version that goes
   * live: no date moves, and no change event is sent. Needs no timer. If the changed document is invalid, the
   * first request after the delay fails.
   *
   * @param mutate - changes a copy of the document that is served then
   * @throws {RangeError} for a negative delay
   */
  scheduleChange(delayMs: number, mutate: (draft: Draft<WireDocument>) => void): void {
    this.#environment.schedule(delayMs, (document) => mutateCopy(document, mutate));
  }

  /**
   * Deletes an identity with its traits and its overrides in the document. As on the real server, no date moves,
   * and no change event is sent.
   */
  deleteIdentity(identifier: string): void {
    this.#identities.delete(identifier);
    const change = (document: WireDocument) =>
      mutateCopy(document, (draft) => {
        draft.identity_overrides = (draft.identity_overrides ?? []).filter(
          (override) => override.identifier !== identifier,
        );
      });
    this.#environment.update(change, false);
  }

  /** Replaces the option `documentDates`. @throws {TypeError} for an unknown mode. */
  setDocumentDates(documentDates: DocumentDates): void {
    this.#environment.setDocumentDates(documentDates);
  }

  /** Replaces the option `replicaLag`. @throws {RangeError} if it is not from 0 to 1. */
  setReplicaLag(replicaLag: number): void {
    this.#environment.setReplicaLag(replicaLag);
  }

  /**
   * Makes the next `count` requests fail; `Infinity` until {@link clearFaults}. Faults queue up, oldest
   * first.
   *
   * @throws {RangeError} for a negative count
   * @throws {TypeError} for an unknown kind of fault
   */
  failNext(count: number, fault: Fault): void {
    this.#faults.add(count, fault);
  }

  /** Removes the pending faults. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** The evaluations that both analytics endpoints have accepted, by feature. */
  get acceptedAnalytics(): Readonly<Record<string, number>> {
    return this.#reports.analytics;
  }

  /** The accepted events, oldest first. */
  get acceptedEvents(): readonly AcceptedEvent[] {
    return this.#reports.events;
  }

  /** Forgets the accepted analytics and events. */
  clearReports(): void {
    this.#reports.clear();
  }

  /** The number of realtime streams that are open. */
  get openStreamCount(): number {
    return this.#realtime.openStreamCount;
  }

  /** Sends a change event to all open streams. `updatedAt` is in seconds since the epoch, with a fraction. */
  sendChangeEvent(updatedAt: number): void {
    this.#realtime.sendChangeEvent(String(updatedAt));
  }

  /** Sends text or bytes unchanged to all open streams, as one chunk. */
  sendToStreams(chunk: string | Uint8Array): void {
    this.#realtime.send(chunk);
  }

  /** Ends all open streams cleanly. */
  endStreams(): void {
    this.#realtime.endStreams();
  }

  /** Resets the connections of all open streams. Data that a client has not read may be lost. */
  resetStreams(): void {
    this.#realtime.resetStreams();
  }

  /**
   * Restores the initial state: the first document, `documentDates` and `replicaLag` of the options, and no
   * scheduled changes, faults, requests, identities, reports or streams.
   */
  reset(): void {
    this.#realtime.endStreams();
    this.#environment.reset();
    this.#restoreSettings();
    this.#identities.clear();
    this.clearReports();
    this.#faults.clear();
    this.clearRequests();
  }

  /** Handles a request and returns the response as data, for a server to transmit. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    const control =
      this.#options.control === true
        ? handleControlRequest(request, this.#commandHandlers)
        : undefined;
    if (control !== undefined) return toApiResponse(control, request, this.#now());
    const fault = this.#faults.take(request.path);
    this.#record(request, fault);
    const response =
      (fault && createFaultResponse(fault, request)) ?? (await this.#respond(request, fault));
    const complete = toApiResponse(response, request, this.#now());
    return fault === undefined ? complete : applyFault(fault, complete);
  }

  #record(request: ApiRequest, fault: Fault | undefined): void {
    const { method, origin, path, search, headers } = request;
    const [body, time] = [decodeBody(request.body), this.#now()];
    const received = { method, origin, path, search, headers, body, time };
    this.#requests.push(fault === undefined ? received : { ...received, fault: fault.kind });
  }

  #restoreSettings(): void {
    this.setDocumentDates(this.#options.documentDates ?? "exact");
    this.setReplicaLag(this.#options.replicaLag ?? 0);
  }

  async #respond(request: ApiRequest, fault: Fault | undefined): Promise<RouteResponse> {
    const { document } = this.#environment;
    const stream = this.#options.realtime
      ? this.#realtime.handle(request, document.api_key)
      : undefined;
    return stream ?? this.#router.handle(request, this.#chooseDocument(request.path, fault));
  }

  #chooseDocument(path: string, fault: Fault | undefined): WireDocument {
    if (fault?.kind === "otherDocument") return fault.document;
    if (path.includes(environmentDocumentPath)) return this.#environment.readDocument();
    return this.#environment.document;
  }

  #announceChange(): void {
    if (this.#options.realtime !== true) return;
    this.#realtime.sendChangeEvent(this.#environment.updatedAtText);
  }

  readonly #commandHandlers: CommandHandlers = {
    requests: () => this.requests,
    clearRequests: () => this.clearRequests(),
    document: () => this.document,
    setDocument: (body) => this.setDocument(parseCommand(body) as WireDocument),
    scheduleChange: (body) => {
      const { delayMs, document } = parseCommand(body) as {
        delayMs: number;
        document: WireDocument;
      };
      this.#environment.schedule(delayMs, () => document);
    },
    deleteIdentity: (body) => this.deleteIdentity(parseCommand(body) as string),
    setDocumentDates: (body) => this.setDocumentDates(parseCommand(body) as DocumentDates),
    setReplicaLag: (body) => this.setReplicaLag(parseCommand(body) as number),
    failNext: (body) => {
      const { count, fault } = parseCommand(body) as { count: number | null; fault: Fault };
      // JSON encodes Infinity as null.
      this.failNext(count ?? Number.POSITIVE_INFINITY, fault);
    },
    clearFaults: () => this.clearFaults(),
    acceptedAnalytics: () => this.acceptedAnalytics,
    acceptedEvents: () => this.acceptedEvents,
    clearReports: () => this.clearReports(),
    openStreamCount: () => this.openStreamCount,
    sendChangeEvent: (body) => this.sendChangeEvent(parseCommand(body) as number),
    // The body is the chunk itself, because JSON cannot represent a part of a character.
    sendToStreams: (body) => this.sendToStreams(body),
    endStreams: () => this.endStreams(),
    resetStreams: () => this.resetStreams(),
    reset: () => this.reset(),
  };
}

function mutateCopy(
  document: WireDocument,
  mutate: (draft: Draft<WireDocument>) => void,
): WireDocument {
  const draft = structuredClone(document) as Draft<WireDocument>;
  mutate(draft);
  return draft;
}
