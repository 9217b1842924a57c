import { json, type Reply } from "../answer.ts";
import type { Environment } from "../environment.ts";
import type { IdentityRequest } from "../identity.ts";
import { type IdentityFlagsHandler, identityFlags } from "../identity-flags.ts";
import { readBoolean, readIdentityRequest } from "../identity-request.ts";
import type { IdentityStore } from "../identity-store.ts";
import { parseBody } from "../request-body.ts";
import { findFlag, hidesDisabledFlags, isServerKeyOnly, type WireFlag } from "../wire-flag.ts";
import { type Route, type RouteContext, varyAccept } from "./route.ts";

/** What the endpoint works with. */
export interface IdentitiesRouteOptions {
  readonly environment: Environment;
  readonly identities: IdentityStore;
  readonly given: IdentityFlagsHandler | undefined;
}

/** `GET|POST identities/`: an identity's flags; the request's traits are stored on the way. */
export function identitiesRoute(options: IdentitiesRouteOptions): Route {
  return {
    path: "/api/v1/identities/",
    methods: ["GET", "POST", "HEAD"],
    vary: varyAccept,
    offersHtml: true,
    async handle(context) {
      if (context.request.method !== "POST") return answerQuery(context, options);
      const body = await parseBody(context.request);
      if ("refused" in body) return body.refused;
      const identity = readIdentityRequest(body.value);
      if ("status" in identity) return identity;
      if (identity.traits.length > 0 && !maySetTraits(context)) {
        return json(400, { traits: ["Setting traits not allowed with client key."] });
      }
      return answerIdentity(identity, context, options);
    },
  };
}

function answerQuery(context: RouteContext, options: IdentitiesRouteOptions): Reply {
  const identifier = context.query.get("identifier")?.trim() ?? "";
  // Not a mistake: the real server refuses with status 200.
  if (identifier === "") return json(200, { detail: "Missing identifier" });
  const flag = readBoolean(context.query.get("transient") ?? undefined);
  const transient = "value" in flag && flag.value;
  return answerIdentity({ identifier, traits: [], transient }, context, options);
}

function answerIdentity(
  request: IdentityRequest,
  { document, query, keyKind, request: { method } }: RouteContext,
  { environment, identities, given }: IdentitiesRouteOptions,
): Reply {
  const overrides = document.identity_overrides ?? [];
  const traits = identities.record(request, {
    persists: document.project.organisation?.persist_trait_data !== false,
    isKnown: overrides.some((override) => override.identifier === request.identifier),
  });
  const identifier = request.identifier ?? anonymousIdentifier(traits);
  const transient = request.transient || request.identifier === undefined;
  const flags = identityFlags({ identifier, traits, transient }, environment, given).filter(
    ({ enabled, feature }: WireFlag) =>
      (enabled || !hidesDisabledFlags(document)) &&
      (keyKind === "server" || !isServerKeyOnly(feature.id, document)),
  );
  const headers = { "x-flagsmith-document-updated-at": environment.updatedAtText };
  const name = method === "POST" ? null : query.get("feature");
  if (name !== null) {
    const flag = findFlag(flags, name);
    return flag ? json(200, flag, headers) : json(404, { detail: "Given feature not found" });
  }
  const shown = document.hide_sensitive_data === true ? [] : traits;
  return json(200, { identifier, traits: shown, flags }, headers);
}

function maySetTraits({ keyKind, document }: RouteContext): boolean {
  return keyKind === "server" || document.allow_client_traits !== false;
}

/** The same traits give the same name, as on the real server; no traits, a random one. */
function anonymousIdentifier(traits: readonly unknown[]): string {
  if (traits.length === 0) return crypto.randomUUID().replaceAll("-", "");
  const text = JSON.stringify(traits);
  return [1, 2, 3, 4].map((seed) => hashed(text, seed)).join("");
}

/** FNV-1a, 32 bits, as eight hexadecimal digits. */
function hashed(text: string, seed: number): string {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}
