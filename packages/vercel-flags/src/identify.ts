import type { Traits } from "@flagsmith-isomorphic/core/adapter";
import type { Identify } from "flags";

/** The user of a request: an identity, or an anonymous one that is described by its traits alone. */
export type FlagsmithEntities =
  | {
      readonly identifier: string;
      readonly traits?: Traits | undefined;
      /** Whether the API must not store the identity. Remote evaluation only. */
      readonly transient?: boolean | undefined;
    }
  | {
      readonly anonymous: true;
      /** Visitors with equal traits get the same variants. Without traits, variants are random for each request. */
      readonly traits?: Traits | undefined;
    };

/** The headers and cookies of a request, which the Flags SDK passes to `identify`. */
type IdentifyParameters = Parameters<Identify<unknown>>[0];

/** Options of {@link identifyByCookie} and {@link identifyByHeader}. */
export interface IdentifyOptions {
  /** Returns the traits of the user. */
  readonly traits?: ((request: IdentifyParameters) => Traits | Promise<Traits>) | undefined;
  /**
   * Whether a request without the cookie or the header is an anonymous identity with the traits. Otherwise it gets the
   * environment's flags, which ignore segments.
   * @defaultValue `false`
   */
  readonly anonymous?: boolean | undefined;
}

/**
 * Identifies users by a cookie that contains the identifier.
 *
 * Users can change their cookies. Do not decide about access by flags of an identifier that nothing verifies.
 *
 * @example
 * new FlagsmithAdapter(flagsmith, { identify: identifyByCookie("visitor-id") });
 */
export function identifyByCookie(
  name: string,
  options: IdentifyOptions = {},
): Identify<FlagsmithEntities> {
  return (request) => createEntities(request.cookies.get(name)?.value, request, options);
}

/**
 * Identifies users by a header that contains the identifier. A proxy or middleware that you control must set the header,
 * and remove that of the client.
 *
 * @example
 * new FlagsmithAdapter(flagsmith, {
 *   identify: identifyByHeader("x-user-id", {
 *     traits: ({ headers }) => ({ country: headers.get("x-vercel-ip-country") ?? "unknown" }),
 *   }),
 * });
 */
export function identifyByHeader(
  name: string,
  options: IdentifyOptions = {},
): Identify<FlagsmithEntities> {
  return (request) => createEntities(request.headers.get(name), request, options);
}

async function createEntities(
  identifier: string | null | undefined,
  request: IdentifyParameters,
  { traits: readTraits, anonymous = false }: IdentifyOptions,
): Promise<FlagsmithEntities | undefined> {
  const isKnown = identifier != null && identifier.trim() !== "";
  if (!isKnown && !anonymous) return undefined;
  const traits = await readTraits?.(request);
  return isKnown ? { identifier, traits } : { anonymous: true, traits };
}
