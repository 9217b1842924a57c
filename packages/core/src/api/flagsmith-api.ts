import { FlagsmithAPIError } from "../errors.ts";
import type { Flag } from "../flags/flag.ts";
import type { Identity } from "../identity/identity.ts";
import type { Trait } from "../identity/traits.ts";
import { parseFlags, parseIdentityFlags } from "../schemas/flags-response.ts";
import { type HttpAnswer, type HttpRequest, RedirectRefused, type Send } from "./http.ts";
import { type Call, type Outcome, type RetryContext, withRetries } from "./retry.ts";
import { retryAfterMs } from "./retry-after.ts";

/** The Flagsmith API, as far as flags are asked of it. */
export interface FlagsmithApi {
  /** GET `flags/`. @throws {@link FlagsmithAPIError} */
  readonly environmentFlags: (call: Call) => Promise<readonly Flag[]>;
  /** POST `identities/`. @throws {@link FlagsmithAPIError} */
  readonly identityFlags: (identity: Identity, call: Call) => Promise<readonly Flag[]>;
}

/** What {@link createFlagsmithApi} needs of the client. */
export interface FlagsmithApiContext extends RetryContext {
  /** With its trailing slash: without it the API redirects. */
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly send: Send;
}

type Parse<T> = (body: unknown) => T | undefined;

/** Makes the client of the Flagsmith API: one request per call, retried as the policy says. */
export function createFlagsmithApi(context: FlagsmithApiContext): FlagsmithApi {
  const { apiUrl, headers, send, timers } = context;

  async function attempt<T>(
    request: HttpRequest,
    parse: Parse<T>,
    signal: AbortSignal,
  ): Promise<Outcome<T>> {
    try {
      return outcomeOf(await send(request, signal), request, parse);
    } catch (error) {
      if (!(error instanceof FlagsmithAPIError)) throw error;
      const isFinal = error instanceof RedirectRefused || error.code === "PERMISSION_DENIED";
      return { error, kind: isFinal ? undefined : "network" };
    }
  }

  function outcomeOf<T>(answer: HttpAnswer, request: HttpRequest, parse: Parse<T>): Outcome<T> {
    const { status } = answer;
    const what = `${request.method} ${request.url}`;
    if (status < 200 || status > 299) {
      const message = `${what} was answered with status ${status}${statusAdvice(status)}.`;
      const error = new FlagsmithAPIError("API_STATUS", message, { status });
      return { error, kind: "status", retryAfterMs: retryAfterMs(answer.headers, timers.now()) };
    }
    const value = parse(parseJson(answer.text));
    if (value !== undefined) return { value };
    const message = `${what} was answered with something else than flags: check apiUrl.`;
    return { error: new FlagsmithAPIError("INVALID_RESPONSE", message, { status }) };
  }

  function request<T>(request: HttpRequest, parse: Parse<T>, call: Call): Promise<T> {
    return withRetries(context, call, {
      what: `${request.method} ${request.url}`,
      attempt: (signal) => attempt(request, parse, signal),
    });
  }

  return {
    environmentFlags: (call) =>
      request({ method: "GET", url: `${apiUrl}flags/`, headers }, parseFlags, call),
    identityFlags: (identity, call) =>
      request(
        {
          method: "POST",
          url: `${apiUrl}identities/`,
          headers: { ...headers, "Content-Type": "application/json" },
          body: JSON.stringify(toIdentityBody(identity)),
        },
        parseIdentityFlags,
        call,
      ),
  };
}

function toIdentityBody({ identifier, traits, transient }: Identity) {
  return { identifier, traits: traits.map(toTraitBody), ...(transient && { transient }) };
}

function toTraitBody({ key, value, transient }: Trait) {
  return { trait_key: key, trait_value: value, ...(transient && { transient }) };
}

/** `undefined` for what is no JSON; JSON itself cannot say undefined. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function statusAdvice(status: number): string {
  if (status === 401 || status === 403) return ": check environmentKey";
  if (status === 404) return ": check apiUrl";
  return "";
}
