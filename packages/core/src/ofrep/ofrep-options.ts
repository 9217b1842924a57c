import { createOptionError, createUnknownOptionError } from "../errors.ts";
import type { Flagsmith } from "../flagsmith.ts";
import { getState } from "../request-scope.ts";

/** A type of OpenFeature. `boolean` is whether the feature is on. The others are types of its value. */
export type OfrepType = "boolean" | "string" | "number" | "object";

/** Options of `createOfrepHandler`. */
export interface OfrepHandlerOptions {
  /** A client with local evaluation, or in offline mode. */
  readonly flagsmith: Flagsmith;
  /** The token that requests must have, as `Authorization: Bearer …` or `X-API-Key: …`. */
  readonly token?: string | undefined;
  /** Several valid tokens, for example of several applications, or while one is replaced. */
  readonly tokens?: readonly string[] | undefined;
  /**
   * Whether requests need no token. The responses then contain no feature that only server-side keys receive, and no
   * names of segments or environments.
   * @defaultValue `false`
   */
  readonly public?: boolean | undefined;
  /** The names of the only features that the handler evaluates. All features by default. */
  readonly only?: readonly string[] | undefined;
  /**
   * The types of features by name. Flagsmith has one value per feature, without a declared type.
   *
   * A feature that is not listed is a boolean if it has no value. Otherwise its value decides: a boolean, a number, an
   * object if it is the JSON text of one, or a text.
   */
  readonly types?: Readonly<Record<string, OfrepType>> | undefined;
  /**
   * Whether a context without a targeting key is an anonymous identity with its attributes as traits. Otherwise the
   * response is the error `TARGETING_KEY_MISSING`.
   * @defaultValue `false`
   */
  readonly anonymous?: boolean | undefined;
  /** The origins of web pages that may read the responses, such as `https://www.example.com`. `"*"` for all. */
  readonly allowedOrigins?: readonly string[] | "*" | undefined;
  /**
   * The largest accepted body, in bytes.
   * @defaultValue 65536
   */
  readonly maxBodyBytes?: number | undefined;
}

const types: readonly unknown[] = ["boolean", "string", "number", "object"] satisfies OfrepType[];

/** The checks of the options: what is wrong with a value that is not `undefined`. */
const checks: Readonly<Record<keyof OfrepHandlerOptions, (value: unknown) => string | undefined>> =
  {
    flagsmith: (value) =>
      typeof Object(value).getIdentityFlags === "function"
        ? undefined
        : "must be a Flagsmith client",
    token: (value) => (isToken(value) ? undefined : tokenProblem),
    tokens: (value) =>
      Array.isArray(value) && value.every(isToken)
        ? undefined
        : `must be an array. Each token ${tokenProblem}`,
    public: checkBoolean,
    only: checkNames,
    types: (value) =>
      typeof value === "object" &&
      value !== null &&
      Object.values(value).every((type) => types.includes(type))
        ? undefined
        : `must be an object whose members are ${types.join(", ")}`,
    anonymous: checkBoolean,
    allowedOrigins: (value) =>
      value === "*" || (Array.isArray(value) && value.every(isOrigin))
        ? undefined
        : 'must be "*" or an array of origins such as https://www.example.com, in lower case, without a path or wildcard',
    maxBodyBytes: (value) =>
      Number.isSafeInteger(value) && Number(value) >= 1
        ? undefined
        : "must be a whole number of bytes, at least 1",
  };

const tokenProblem = "must be a text of printable ASCII characters without spaces";

/** Checks the options. Returns the valid tokens, or `undefined` if requests need none. */
export function parseOfrepOptions(options: OfrepHandlerOptions): readonly string[] | undefined {
  const known = Object.keys(checks);
  for (const name of Object.keys(Object(options))) {
    if (!known.includes(name)) throw createUnknownOptionError(name, known);
  }
  for (const [name, check] of Object.entries(checks)) {
    const value: unknown = Object(options)[name];
    const problem = value === undefined && name !== "flagsmith" ? undefined : check(value);
    if (problem !== undefined) throw createOptionError(name, problem);
  }
  const { enableLocalEvaluation, offlineMode } = getState(options.flagsmith).parts.context.options;
  if (!enableLocalEvaluation && !offlineMode) {
    throw createOptionError("flagsmith", "must be a client with enableLocalEvaluation");
  }
  const { token, tokens = [] } = options;
  const accepted = token === undefined ? tokens : [token, ...tokens];
  if (options.public) {
    if (accepted.length === 0) return undefined;
    throw createOptionError("public", "must not be true if there is a token");
  }
  if (accepted.length > 0) return [...accepted];
  const advice = "or set public: true to answer everyone";
  throw createOptionError("token", `is missing: set a token that requests must have, ${advice}`);
}

function isToken(value: unknown): boolean {
  return typeof value === "string" && /^[!-~]+$/.test(value);
}

/** An `Origin` that a browser can send. Those of apps and extensions may have upper case, or no host. */
const originPattern = /^(?:null|https?:\/\/[^/A-Z\s*]+|(?!https?:)[a-z][a-z\d+.-]*:\/\/[^/\s*]*)$/;

function isOrigin(value: unknown): boolean {
  return typeof value === "string" && originPattern.test(value);
}

function checkBoolean(value: unknown): string | undefined {
  return typeof value === "boolean" ? undefined : "must be a boolean";
}

function checkNames(value: unknown): string | undefined {
  return Array.isArray(value) && value.every((name) => typeof name === "string")
    ? undefined
    : "must be an array of texts";
}
