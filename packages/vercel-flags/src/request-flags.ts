import {
  type Flags,
  type Flagsmith,
  FlagsmithClientError,
  type RequestScope,
  type WaitUntil,
} from "@flagsmith-isomorphic/core";
import { logWarning } from "@flagsmith-isomorphic/core/integration";
import type { FlagsmithEntities } from "./identify.ts";

/** Where Vercel's runtime keeps the context of the current request. */
const vercelContextKey = Symbol.for("@vercel/request-context");

/** The flags of one request. */
interface Request {
  readonly scope: RequestScope;
  /** By the identity as JSON. An identity that JSON cannot represent has a key of its own. */
  readonly flags: Map<string | symbol, Promise<Flags>>;
}

/** Evaluates each identity of a request once. Requests share nothing. */
export class RequestFlags {
  /** Called for each request. Must return the same client each time. */
  readonly getClient: () => Flagsmith;
  readonly #waitUntil: WaitUntil | undefined;
  /** By the object of their headers, which the Flags SDK creates once for each request. */
  readonly #requests = new WeakMap<object, Request>();
  /** The failures so far, by code. */
  readonly #failures = new Map<string, number>();

  constructor(getClient: () => Flagsmith, waitUntil: WaitUntil | undefined) {
    this.getClient = getClient;
    this.#waitUntil = waitUntil;
  }

  /**
   * Returns the flags of an identity, or of the environment. The first, the 10th, the 100th … failure with the same code
   * is logged, because a user can cause failures, for example by a cookie that is too long.
   *
   * @param headers - the headers of the request. Without them, each call is an evaluation of its own.
   * @throws the errors of the client's calls.
   */
  async evaluate(
    headers: object | undefined,
    entities: FlagsmithEntities | undefined,
  ): Promise<Flags> {
    try {
      return await this.#share(headers, entities);
    } catch (error) {
      if (error instanceof FlagsmithClientError) this.#logFailure(error);
      throw error;
    }
  }

  #logFailure({ code, message }: FlagsmithClientError): void {
    const count = (this.#failures.get(code) ?? 0) + 1;
    this.#failures.set(code, count);
    if (!/^10*$/.test(String(count))) return;
    const consequence = "Flags have their defaults, and those without one fail.";
    const times = count === 1 ? "" : ` This is failure ${count} of this kind.`;
    const text = `The flags of a request cannot be evaluated. ${consequence}${times} ${message}`;
    try {
      logWarning(this.getClient(), text);
    } catch {
      // The client cannot be created, for example without an environment key.
      console.warn(`Flagsmith: ${text}`);
    }
  }

  #share(headers: object | undefined, entities: FlagsmithEntities | undefined): Promise<Flags> {
    const { scope, flags } = this.#findRequest(headers);
    const key = createKey(entities);
    const known = flags.get(key);
    if (known !== undefined) return known;
    const evaluated = evaluate(scope, entities);
    flags.set(key, evaluated);
    evaluated.catch(() => flags.delete(key));
    return evaluated;
  }

  #findRequest(headers: object | undefined): Request {
    const known = headers && this.#requests.get(headers);
    if (known !== undefined) return known;
    const waitUntil = this.#waitUntil ?? findVercelWaitUntil();
    const request = { scope: this.getClient().forRequest({ waitUntil }), flags: new Map() };
    if (headers !== undefined) this.#requests.set(headers, request);
    return request;
  }
}

function evaluate(scope: RequestScope, entities: FlagsmithEntities | undefined): Promise<Flags> {
  // In plain JavaScript, entities may also be null, and `anonymous` may be false.
  if (entities == null) return scope.getEnvironmentFlags();
  if ("anonymous" in entities && entities.anonymous) {
    return scope.getAnonymousFlags(entities.traits);
  }
  const { identifier, traits, transient } = entities as Extract<
    FlagsmithEntities,
    { readonly identifier: string }
  >;
  return scope.getIdentityFlags(identifier, traits, { transient });
}

/** The client drops a trait that JSON cannot represent, so it must not fail here. */
function createKey(entities: FlagsmithEntities | undefined): string | symbol {
  try {
    return JSON.stringify(entities, toJson) ?? "";
  } catch {
    return Symbol();
  }
}

/** Traits can be bigints, which JSON does not have. */
function toJson(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

function findVercelWaitUntil(): WaitUntil | undefined {
  const holder:
    | { readonly get?: () => { readonly waitUntil?: WaitUntil } | undefined }
    | undefined = Reflect.get(globalThis, vercelContextKey);
  const context = holder?.get?.();
  return context?.waitUntil && ((work) => context.waitUntil?.(work));
}
