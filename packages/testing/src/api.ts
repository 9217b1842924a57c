import { Accepted } from "./accepted.ts";
import type { Answer } from "./answer.ts";
import type { ApiRequest, RecordedRequest } from "./api-request.ts";
import { controlReply } from "./control-routes.ts";
import type { ApiControls } from "./controls.ts";
import { type Delay, timeoutDelay } from "./delay.ts";
import { Environment } from "./environment.ts";
import type { EnvironmentDocument } from "./environment-document.ts";
import { deliveredWith, FaultQueue, replyInstead } from "./faults.ts";
import { type FetchFunction, fetchOf } from "./fetch-front.ts";
import type { GivenIdentityFlags } from "./identity-flags.ts";
import { IdentityStore } from "./identity-store.ts";
import { textOf } from "./request-body.ts";
import { answerOf } from "./response-headers.ts";
import { reply } from "./router.ts";
import { analyticsRoute, evaluationsRoute } from "./routes/analytics.ts";
import { environmentDocumentRoute } from "./routes/environment-document.ts";
import { eventsRoute } from "./routes/events.ts";
import { flagsRoute } from "./routes/flags.ts";
import { identitiesRoute } from "./routes/identities.ts";
import type { Route } from "./routes/route.ts";

/** What `createFlagsmithApi` is made from. */
export interface FlagsmithApiOptions {
  /** The environment to serve. Its `api_key` is the client-side key. */
  readonly document: EnvironmentDocument;
  /** @defaultValue `"ser.testing"` */
  readonly environmentKey?: string;
  /** More keys that are let in; those that start with `ser.` as server-side keys. */
  readonly extraKeys?: readonly string[];
  /** The flags of an identity; where it answers `undefined`, the environment's own flags serve. */
  readonly identityFlags?: GivenIdentityFlags;
  /** Identity overrides on a page of the environment document. Without it there are no pages. */
  readonly pageSize?: number;
  /** Whether there is an events API, as on the hosted service. @defaultValue `false` */
  readonly events?: boolean;
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
  answer(request: ApiRequest): Promise<Answer>;
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
  const { environmentKey = "ser.testing", extraKeys = [], now = Date.now } = options;
  if (options.pageSize !== undefined && !(options.pageSize >= 1)) {
    throw new RangeError("createFlagsmithApi: pageSize must be 1 or more.");
  }
  const environment = new Environment(options.document, now);
  const identities = new IdentityStore();
  const accepted = new Accepted();
  const faults = new FaultQueue();
  let requests: RecordedRequest[] = [];

  const routes: readonly Route[] = [
    flagsRoute(environment),
    identitiesRoute({ environment, identities, given: options.identityFlags }),
    environmentDocumentRoute(environment, options.pageSize),
    analyticsRoute(accepted),
    evaluationsRoute(accepted),
    ...(options.events === true ? [eventsRoute(accepted)] : []),
  ];

  const controls: ApiControls = {
    get requests() {
      return [...requests];
    },
    clearRequests() {
      requests = [];
    },
    get document() {
      return environment.document;
    },
    setDocument: (document) => environment.set(document),
    updateDocument: (mutate) => environment.update(mutate),
    failNext: (count, fault) => faults.add(count, fault),
    clearFaults: () => faults.clear(),
    get acceptedAnalytics() {
      return accepted.analytics;
    },
    get acceptedEvents() {
      return accepted.events;
    },
    reset() {
      requests = [];
      environment.reset();
      identities.clear();
      accepted.clear();
      faults.clear();
    },
  };

  async function answer(request: ApiRequest): Promise<Answer> {
    const control = options.control === true ? controlReply(request, controls) : undefined;
    if (control !== undefined) return answerOf(control, request, now());
    const { method, origin, path, search, headers } = request;
    requests.push({
      ...{ method, origin, path, search, headers },
      body: textOf(request.body),
      time: now(),
    });
    const fault = faults.take(path);
    const instead = fault && replyInstead(fault, request);
    const document = environment.document;
    const keys = { environmentKey, extraKeys };
    const outcome = instead ?? (await reply(request, { routes, keys, document }));
    const whole = answerOf(outcome, request, now());
    return fault === undefined ? whole : deliveredWith(fault, whole);
  }

  const fetch = fetchOf({ answer, delay: options.delay ?? timeoutDelay });
  return Object.defineProperties({ fetch, environmentKey, answer } as FlagsmithApi, {
    ...Object.getOwnPropertyDescriptors(controls),
  });
}
