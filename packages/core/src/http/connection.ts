import { invalidOption } from "../errors.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Fetch, Platform, Timers } from "../platform/platform.ts";
import type { RetryPolicy } from "../platform/retry-policy.ts";
import { version } from "../version.ts";
import type { Call } from "./call.ts";
import { createHttp, type Open, originOf } from "./fetch.ts";
import { redactionOf } from "./redaction.ts";
import { createRequest, type Request } from "./request.ts";

/** Sends a JSON text once; any success will do. @throws {@link FlagsmithAPIError} */
export type Post = (request: PostRequest, call: Call) => Promise<unknown>;

/** What is sent where. */
export interface PostRequest {
  readonly url: string;
  /** The option that says where that is, for messages. */
  readonly urlOption: "analyticsUrl" | "eventsApiUrl";
  readonly contentType: string;
  readonly body: string;
}

/** How the servers of one client are asked. */
export interface Connection {
  /** By the given clock, and the client's policy or another. */
  readonly requestBy: (timers: Timers, retryPolicy?: RetryPolicy) => Request;
  readonly post: Post;
  /** For answers that are read while they arrive; these secrets too appear in no error. */
  readonly openHiding: (secrets: readonly string[]) => Open;
  /** Removes the environment key, the values of custom headers and further secrets from a text. */
  readonly redact: (text: string, secrets?: readonly string[]) => string;
  /** What every request to that URL carries. */
  readonly headersFor: (url: string) => Readonly<Record<string, string>>;
}

/**
 * Makes the connection of one client; it connects nothing yet.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for an `agent` that the platform cannot use.
 */
export function createConnection(options: ParsedOptions, platform: Platform): Connection {
  const { environmentKey, customHeaders, requestTimeoutMs: timeoutMs } = options;
  const fetch = fetchOf(options, platform);
  const redactionWith = (...secrets: readonly string[]) =>
    redactionOf([environmentKey, ...secretsIn(customHeaders), ...secrets]);
  const httpHiding = (...secrets: readonly string[]) =>
    createHttp({
      fetch,
      redact: redactionWith(...secrets),
      isPermissionError: platform.isPermissionError ?? (() => false),
    });
  const { send } = httpHiding();
  const requestBy: Connection["requestBy"] = (
    timers,
    retryPolicy = retryPolicyOf(options, platform),
  ) => createRequest({ send, timers, retryPolicy, timeoutMs });
  const headersFor = (url: string) => ({
    // They are for the API alone: analytics and events may go elsewhere.
    ...(originOf(url) === originOf(options.apiUrl) && customHeaders),
    ...ownHeaders(options, platform),
  });
  const requestOnce = requestBy(platform.timers, once);
  const post: Post = ({ contentType, ...request }, call) => {
    const headers = { ...headersFor(request.url), "Content-Type": contentType };
    return requestOnce(
      { ...request, method: "POST", headers, expected: "", read: () => true },
      call,
    );
  };
  const openHiding: Connection["openHiding"] = (secrets) => httpHiding(...secrets).open;
  return {
    requestBy,
    post,
    openHiding,
    redact: (text, secrets = []) => redactionWith(...secrets)(text),
    headersFor,
  };
}

/** No secret is as short as "1" or "on", and without these a message would be no message any more. */
function secretsIn(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers).filter(({ length }) => length > 3);
}

/** For what is sent again later, together with what came meanwhile. */
const once: RetryPolicy = { retries: 0, delay: () => 0, shouldRetry: () => false };

function fetchOf({ fetch, agent }: ParsedOptions, platform: Platform): Fetch {
  const chosen = fetch ?? platform.fetch;
  if (agent === undefined) return chosen;
  if (platform.throughAgent !== undefined) return platform.throughAgent(chosen, agent);
  const complaint = `is not supported on ${platform.name}, whose fetch would go past it: pass a fetch of your own`;
  throw invalidOption("agent", complaint);
}

function retryPolicyOf({ retries }: ParsedOptions, { retryPolicy }: Platform): RetryPolicy {
  if (retries === undefined) return retryPolicy;
  if (typeof retries === "number") return { ...retryPolicy, retries };
  return {
    retries: retries.retries,
    // As methods: a policy may be an object of a class.
    delay: retries.delay?.bind(retries) ?? retryPolicy.delay,
    shouldRetry: retries.shouldRetry?.bind(retries) ?? retryPolicy.shouldRetry,
  };
}

function ownHeaders(options: ParsedOptions, platform: Platform): Record<string, string> {
  const { environmentKey, applicationMetadata: application } = options;
  const userAgent = `flagsmith-isomorphic-${platform.name}/${version}`;
  return {
    Accept: "application/json",
    "User-Agent": userAgent,
    "Flagsmith-SDK-User-Agent": userAgent,
    "X-Environment-Key": environmentKey,
    ...(application && { "Flagsmith-Application-Name": application.name }),
    ...(application?.version && { "Flagsmith-Application-Version": application.version }),
  };
}
