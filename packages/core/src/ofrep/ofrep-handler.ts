import { FlagsmithClientError } from "../errors.ts";
import type { Flag } from "../flags/flag.ts";
import { getUnobserved } from "../flags/flag-reader.ts";
import { type Flags, getReader } from "../flags/flags.ts";
import { findErrorType } from "../integration/error-type.ts";
import { ContextReader } from "../integration/evaluation-context.ts";
import { isUnknownFlag } from "../integration/flag-resolution.ts";
import { readFlagFacts } from "../integration/index.ts";
import { sha256 } from "../platform/digest.ts";
import { getMember, isRecord, parseJson } from "../platform/json.ts";
import type { WaitUntil } from "../platform/platform.ts";
import { assertUnread, readRequestBody } from "../platform/read-request-body.ts";
import { getState } from "../request-scope.ts";
import { toOfrepFlag } from "./ofrep-flag.ts";
import { type OfrepHandlerOptions, parseOfrepOptions } from "./ofrep-options.ts";
import { OfrepTokens } from "./ofrep-tokens.ts";

/**
 * Handles a request of an OFREP client. Rejects only with `INVALID_OPTIONS`, for a request of Node.js or one whose body was
 * read before.
 */
export type OfrepHandler = (
  request: Request,
  ctx?: { readonly waitUntil?: WaitUntil | undefined },
) => Promise<Response>;

/**
 * Creates a handler for the OpenFeature Remote Evaluation Protocol, with which OpenFeature's SDKs for every language read
 * Flagsmith. It evaluates locally, from the document in memory.
 *
 * The handler responds to POST requests whose paths end in
 * - `/ofrep/v1/evaluate/flags/{key}` with one flag,
 * - `/ofrep/v1/evaluate/flags` with all flags and an ETag, or with 304 if the `If-None-Match` fits.
 *
 * Other responses have a JSON body with `errorDetails`, and with `errorCode` if the flags could not be evaluated:
 * - 400 for a body that is not JSON, an invalid context, or a value that does not have the type of `types`,
 * - 401 for a missing or invalid token,
 * - 404 for an unknown feature or path,
 * - 405 for a method other than POST,
 * - 408 for a body that takes longer than 10 s,
 * - 413 for a body that is too large,
 * - 500 if there is no environment document.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option. Also without a token, unless `public` is true.
 *
 * @example
 * const onRequest = createOfrepHandler({ flagsmith, token: env.OFREP_TOKEN });
 * export default { fetch: (request, env, ctx) => onRequest(request, ctx) };
 */
export function createOfrepHandler(options: OfrepHandlerOptions): OfrepHandler {
  const server = new OfrepServer(options);
  return (request, ctx) => server.handle(request, ctx);
}

const path = /\/ofrep\/v1\/evaluate\/flags(?:\/(.+))?$/;

type Headers = Readonly<Record<string, string>>;

/** A request that cannot be answered with flags. */
class OfrepRefusal {
  readonly status: number;
  readonly body: object;
  readonly headers: Headers;

  constructor(status: number, body: object, headers: Headers = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

class OfrepServer {
  readonly #options: OfrepHandlerOptions;
  readonly #tokens: OfrepTokens | undefined;
  readonly #only: ReadonlySet<string> | undefined;
  readonly #contexts = new ContextReader();
  #hasWarned = false;

  constructor(options: OfrepHandlerOptions) {
    const tokens = parseOfrepOptions(options);
    this.#options = { ...options };
    this.#tokens = tokens && new OfrepTokens(tokens);
    this.#only = options.only && new Set(options.only);
  }

  async handle(
    request: Request,
    ctx?: { readonly waitUntil?: WaitUntil | undefined },
  ): Promise<Response> {
    assertUnread(request);
    const cors = this.#createCorsHeaders(request);
    try {
      const response = await this.#answer(request, ctx);
      for (const [name, value] of Object.entries(cors)) response.headers.set(name, value);
      return response;
    } catch (thrown) {
      const { status, body, headers } =
        thrown instanceof OfrepRefusal ? thrown : this.#fail(thrown);
      return respond(status, JSON.stringify(body), { ...cors, ...headers });
    }
  }

  /** @throws OfrepRefusal */
  async #answer(
    request: Request,
    ctx: { readonly waitUntil?: WaitUntil | undefined } | undefined,
  ): Promise<Response> {
    const match = path.exec(new URL(request.url).pathname);
    if (match === null) throw new OfrepRefusal(404, { errorDetails: "The path is unknown." });
    if (request.method === "OPTIONS" && this.#options.allowedOrigins !== undefined) {
      return respond(204, null);
    }
    if (request.method !== "POST") {
      throw new OfrepRefusal(405, { errorDetails: "The method must be POST." }, { Allow: "POST" });
    }
    if (this.#tokens !== undefined && !(await this.#tokens.accepts(request))) {
      const errorDetails = "The token is missing or invalid.";
      throw new OfrepRefusal(401, { errorDetails }, { "WWW-Authenticate": "Bearer" });
    }
    const key = match[1] === undefined ? undefined : decodeKey(match[1]);
    try {
      const flags = await this.#evaluate(request, ctx);
      return key === undefined
        ? await this.#respondWithAll(request, flags)
        : respond(200, JSON.stringify(this.#evaluateOne(key, flags)));
    } catch (thrown) {
      const refusal = thrown instanceof OfrepRefusal ? thrown : this.#fail(thrown);
      throw key === undefined
        ? refusal
        : new OfrepRefusal(refusal.status, { key, ...refusal.body }, refusal.headers);
    }
  }

  /** Evaluates the context in the body of a request. @throws OfrepRefusal, and the errors of the client */
  async #evaluate(
    request: Request,
    ctx: { readonly waitUntil?: WaitUntil | undefined } | undefined,
  ): Promise<Flags> {
    const { flagsmith, maxBodyBytes = 65_536, anonymous } = this.#options;
    const { timers, logger } = getState(flagsmith).parts.context;
    const body = await readRequestBody(request, maxBodyBytes, timers);
    if (typeof body === "number") throw new OfrepRefusal(body, bodyProblems[body]);
    const context = parseContext(body);
    const { identifier, traits, isTransient } = this.#contexts.read(context, logger);
    const scope = flagsmith.forRequest(ctx);
    if (identifier !== undefined) return scope.getIdentityFlags(identifier, traits, isTransient);
    if (anonymous) return scope.getAnonymousFlags(traits);
    const errorDetails = "The context has no targetingKey.";
    throw new OfrepRefusal(400, { errorCode: "TARGETING_KEY_MISSING", errorDetails });
  }

  #evaluateOne(key: string, flags: Flags): object {
    const flag =
      this.#isServed(key) && this.#canAnswer(key, flags) ? flags.getFlag(key) : undefined;
    if (flag === undefined || isUnknownFlag(flag) || this.#isHidden(flag, flags)) {
      throwFailure(flags);
      const errorDetails = `Feature ${JSON.stringify(key)} is unknown.`;
      throw new OfrepRefusal(404, { errorCode: "FLAG_NOT_FOUND", errorDetails });
    }
    const { metadata, ...result } = this.#convert(flag, flags);
    const body = { ...result, metadata: { ...metadata, ...this.#describe(flags) } };
    if ("errorCode" in body) throw new OfrepRefusal(400, body);
    return body;
  }

  async #respondWithAll(request: Request, flags: Flags): Promise<Response> {
    throwFailure(flags);
    const served = flags
      .allFlags()
      .filter((flag) => this.#isServed(flag.featureName) && !this.#isHidden(flag, flags));
    const body = JSON.stringify({
      flags: served.map((flag) => this.#convert(flag, flags)),
      metadata: this.#describe(flags),
    });
    const tag = `"${(await sha256(body)).slice(0, 32)}"`;
    return matches(request.headers.get("If-None-Match"), tag)
      ? respond(304, null, { ETag: tag })
      : respond(200, body, { ETag: tag });
  }

  #convert(flag: Flag, flags: Flags) {
    const { types = {}, public: isPublic = false } = this.#options;
    const { featureName } = flag;
    const type = Object.hasOwn(types, featureName) ? types[featureName] : undefined;
    return toOfrepFlag(flag, { facts: readFlagFacts(flags, featureName), type, isPublic });
  }

  /** Describes the version of the environment. */
  #describe(flags: Flags): object {
    const { updatedAt, compiled } = getReader(flags).origin;
    const name = this.#options.public ? undefined : compiled?.tables.environment.name;
    return { ...(updatedAt && { version: updatedAt }), ...(name && { flagSetId: name }) };
  }

  #isServed(featureName: string): boolean {
    return this.#only?.has(featureName) ?? true;
  }

  /** Requests must not fill the log and `onFlagEvaluated` with names of their own. */
  #canAnswer(featureName: string, flags: Flags): boolean {
    const { defaultFlagHandler } = getState(this.#options.flagsmith).parts.context.options;
    if (defaultFlagHandler !== undefined) return true;
    return getUnobserved(getReader(flags)).peek(featureName) !== undefined;
  }

  /** Whether only server-side keys receive the feature, and everyone may call the handler. */
  #isHidden({ featureId }: Flag, flags: Flags): boolean {
    if (this.#tokens !== undefined) return false;
    return getReader(flags).origin.serverOnlyIds?.has(featureId) ?? false;
  }

  /** Describes an error of the client or of the user's code. */
  #fail(error: unknown): OfrepRefusal {
    if (findErrorType(error) === "INVALID_CONTEXT") {
      const { message: errorDetails } = error as FlagsmithClientError;
      return new OfrepRefusal(400, { errorCode: "INVALID_CONTEXT", errorDetails });
    }
    const { logger, describe } = getState(this.#options.flagsmith).parts.context;
    if (!(error instanceof FlagsmithClientError) && !this.#hasWarned) {
      this.#hasWarned = true;
      logger.warn(`OFREP handler failed: ${describe(error)} (Logged once.)`);
    }
    const cause = error instanceof FlagsmithClientError ? ` (${error.code})` : "";
    const errorDetails = `The flags could not be evaluated${cause}.`;
    return new OfrepRefusal(500, { errorCode: "GENERAL", errorDetails });
  }

  #createCorsHeaders({ headers }: Request): Headers {
    const { allowedOrigins } = this.#options;
    if (allowedOrigins === undefined) return {};
    const origin = headers.get("Origin");
    const isAllowed =
      origin !== null && (allowedOrigins === "*" || allowedOrigins.includes(origin));
    return {
      ...(allowedOrigins !== "*" && { Vary: "Origin" }),
      ...(isAllowed && {
        "Access-Control-Allow-Origin": allowedOrigins === "*" ? "*" : origin,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-None-Match, X-API-Key",
        "Access-Control-Expose-Headers": "ETag",
        "Access-Control-Max-Age": "86400",
      }),
    };
  }
}

const bodyProblems = {
  400: { errorCode: "PARSE_ERROR", errorDetails: "The body ended early." },
  408: { errorCode: "GENERAL", errorDetails: "The body took too long." },
  413: { errorCode: "GENERAL", errorDetails: "The body is too large." },
} as const;

/** @throws OfrepRefusal if the body is not a request with a context. */
function parseContext(body: Uint8Array): Readonly<Record<string, unknown>> {
  const parsed = parseJson(new TextDecoder().decode(body));
  if (parsed === undefined) {
    const errorDetails = "The body is not valid JSON.";
    throw new OfrepRefusal(400, { errorCode: "PARSE_ERROR", errorDetails });
  }
  const context = getMember(parsed, "context");
  if (!isRecord(context)) {
    const errorDetails = "The body has no object context.";
    throw new OfrepRefusal(400, { errorCode: "INVALID_CONTEXT", errorDetails });
  }
  const { targetingKey } = context;
  if (targetingKey !== undefined && targetingKey !== null && typeof targetingKey !== "string") {
    const errorDetails = "The targetingKey must be a text.";
    throw new OfrepRefusal(400, { errorCode: "INVALID_CONTEXT", errorDetails });
  }
  return context;
}

/** @throws the failure that default flags replace. Clients keep their flags if the response is an error. */
function throwFailure(flags: Flags): void {
  const { failure } = getReader(flags).origin;
  if (failure !== undefined) throw failure;
}

/** Decodes a key. Some clients do not encode it, so that `%` may be a part of it. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Whether an `If-None-Match` lists a tag. */
function matches(header: string | null, tag: string): boolean {
  const tags = header?.split(",").map((text) => text.trim().replace(/^W\//, "")) ?? [];
  return tags.includes(tag) || tags.includes("*");
}

function respond(status: number, body: string | null, headers: Headers = {}): Response {
  const type: Headers = body === null ? {} : { "Content-Type": "application/json" };
  return new Response(body, { status, headers: { ...type, ...headers } });
}
