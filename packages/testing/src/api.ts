import { Accepted, type AcceptedEvent } from "./accepted.ts";
import type { ApiResponse, Reply } from "./answer.ts";
import type { ApiRequest, ReceivedRequest } from "./api-request.ts";
import { controlReply } from "./control-routes.ts";
import type { ApiControls } from "./controls.ts";
import { type Delay, timeoutDelay } from "./delay.ts";
import { Environment } from "./environment.ts";
import type { Draft, WireDocument } from "./environment-document.ts";
import { EventStreams } from "./event-streams.ts";
import { deliveredWith, type Fault, FaultQueue, replyInstead } from "./faults.ts";
import { type FetchFunction, fetchOf } from "./fetch-front.ts";
import type { IdentityFlagsHandler } from "./identity-flags.ts";
import { IdentityStore } from "./identity-store.ts";
import { textOf } from "./request-body.ts";
import { answerOf } from "./response-headers.ts";
import { routedReply } from "./router.ts";
import { analyticsRoute, evaluationsRoute } from "./routes/analytics.ts";
import { environmentDocumentRoute } from "./routes/environment-document.ts";
import { eventsRoute } from "./routes/events.ts";
import { flagsRoute } from "./routes/flags.ts";
import { identitiesRoute } from "./routes/identities.ts";
import { changeNotice, realtimeReply } from "./routes/realtime.ts";
import type { Route } from "./routes/route.ts";

/** What `createFlagsmithApi` is made from. */
export interface FlagsmithApiOptions {
  /** The environment to serve. Its `api_key` is the client-side key. */
  readonly document: WireDocument;
  /** @defaultValue `"ser.testing"` */
  readonly environmentKey?: string;
  /** More keys that are let in; those that start with `ser.` as server-side keys. */
  readonly extraKeys?: readonly string[];
  /** The flags of an identity; where it answers `undefined`, they are evaluated from the document. */
  readonly identityFlags?: IdentityFlagsHandler;
  /** Identity overrides on a page of the environment document. Without it there are no pages. */
  readonly pageSize?: number;
  /** Whether there is an events API, as on the hosted service. @defaultValue `false` */
  readonly events?: boolean;
  /**
   * Whether there are realtime streams, as on the hosted service: `true` sends each of them an event
   * at every change of the document, `"manual"` only what a test sends. @defaultValue `false`
   */
  readonly realtime?: boolean | "manual";
  /** Whether the remote control answers under `/testing/`. @defaultValue `false` */
  readonly control?: boolean;
  /** The API's clock, in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: () => number;
  /** What the slow faults of `fetch` wait with. @defaultValue built on `AbortSignal.timeout` */
  readonly delay?: Delay;
}

/** An in-memory Flagsmith API. */
export interface FlagsmithApi extends ApiControls {
  /** The API as the `fetch` of a client; it answers for every origin. */
  readonly fetch: FetchFunction;
  readonly environmentKey: string;
  /** Receives a request and describes the answer as plain data, for a front to realise. */
  handle(request: ApiRequest): Promise<ApiResponse>;
}

/**
 * Makes an in-memory Flagsmith API from an environment document.
 *
 * @example
 * const api = createFlagsmithApi({ document });
 * const flagsmith = new Flagsmith({ environmentKey: api.environmentKey, fetch: api.fetch });
 * api.failNext(1, { kind: "status", status: 503, retryAfter: "1" });
 */
export function createFlagsmithApi(options: FlagsmithApiOptions): FlagsmithApi {
  return new InMemoryApi(options);
}

class InMemoryApi implements FlagsmithApi {
  readonly fetch: FetchFunction;
  readonly environmentKey: string;
  readonly #environment: Environment;
  readonly #identities = new IdentityStore();
  readonly #accepted = new Accepted();
  readonly #faults = new FaultQueue();
  readonly #streams = new EventStreams();
  readonly #routes: readonly Route[];
  readonly #extraKeys: readonly string[];
  readonly #hasControl: boolean;
  readonly #realtime: boolean | "manual";
  readonly #now: () => number;
  #requests: ReceivedRequest[] = [];

  constructor(options: FlagsmithApiOptions) {
    if (options.pageSize !== undefined && !(options.pageSize >= 1)) {
      throw new RangeError("createFlagsmithApi: pageSize must be 1 or more.");
    }
    this.environmentKey = options.environmentKey ?? "ser.testing";
    this.#extraKeys = [...(options.extraKeys ?? [])];
    this.#hasControl = options.control ?? false;
    this.#realtime = options.realtime ?? false;
    this.#now = options.now ?? Date.now;
    this.#environment = new Environment(options.document, this.#now);
    this.#routes = this.#makeRoutes(options);
    this.fetch = fetchOf({
      handle: (request) => this.handle(request),
      delay: options.delay ?? timeoutDelay,
    });
  }

  get requests(): readonly ReceivedRequest[] {
    return [...this.#requests];
  }

  get document(): WireDocument {
    return structuredClone(this.#environment.document);
  }

  get acceptedAnalytics(): Readonly<Record<string, number>> {
    return this.#accepted.analytics;
  }

  get acceptedEvents(): readonly AcceptedEvent[] {
    return this.#accepted.events;
  }

  clearRequests(): void {
    this.#requests = [];
  }

  setDocument(document: WireDocument): void {
    this.#environment.set(document);
    this.#announceChange();
  }

  updateDocument(mutate: (draft: Draft<WireDocument>) => void): void {
    this.#environment.update(mutate);
    this.#announceChange();
  }

  failNext(count: number, fault: Fault): void {
    this.#faults.add(count, fault);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  get openStreamCount(): number {
    return this.#streams.count;
  }

  sendChangeEvent(updatedAt: number): void {
    this.sendToStreams(changeNotice(String(updatedAt)));
  }

  sendToStreams(chunk: string | Uint8Array): void {
    this.#streams.send(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  }

  endStreams(): void {
    this.#streams.end();
  }

  resetStreams(): void {
    this.#streams.reset();
  }

  reset(): void {
    this.#streams.end();
    this.#environment.reset();
    this.#identities.clear();
    this.#accepted.clear();
    this.#faults.clear();
    this.clearRequests();
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const control = this.#hasControl ? controlReply(request, this) : undefined;
    if (control !== undefined) return answerOf(control, request, this.#now());
    this.#record(request);
    const fault = this.#faults.take(request.path);
    const reply = (fault && replyInstead(fault, request)) ?? (await this.#reply(request));
    const answer = answerOf(reply, request, this.#now());
    return fault === undefined ? answer : deliveredWith(fault, answer);
  }

  #record({ method, origin, path, search, headers, body }: ApiRequest): void {
    const time = this.#now();
    this.#requests.push({ method, origin, path, search, headers, body: textOf(body), time });
  }

  async #reply(request: ApiRequest): Promise<Reply> {
    const { document } = this.#environment;
    if (this.#realtime !== false) {
      const realtime = realtimeReply(request, { document, open: this.#streams.open });
      if (realtime !== undefined) return realtime;
    }
    return routedReply(request, {
      routes: this.#routes,
      keys: { environmentKey: this.environmentKey, extraKeys: this.#extraKeys },
      document,
    });
  }

  #announceChange(): void {
    if (this.#realtime !== true) return;
    this.sendToStreams(changeNotice(this.#environment.updatedAtText));
  }

  #makeRoutes({ identityFlags, pageSize, events }: FlagsmithApiOptions): readonly Route[] {
    const environment = this.#environment;
    return [
      flagsRoute(environment),
      identitiesRoute({ environment, identities: this.#identities, given: identityFlags }),
      environmentDocumentRoute(environment, pageSize),
      analyticsRoute(this.#accepted),
      evaluationsRoute(this.#accepted),
      ...(events === true ? [eventsRoute(this.#accepted)] : []),
    ];
  }
}
