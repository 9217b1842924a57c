import { createAnonymousIdentifier } from "@flagsmith-isomorphic/core/local";
import { parseBody } from "../api-request.ts";
import { json, type RouteResponse } from "../api-response.ts";
import { parseIdentityRequest, parseServerBoolean } from "../identity-request.ts";
import { type IdentityRequest, IdentityStore } from "../identity-store.ts";
import type { Route, RouteRequest } from "../router.ts";
import type { ServedEnvironment } from "../served-environment.ts";
import { type IdentityFlagsHandler, listIdentityFlags } from "../wire-flags.ts";
import { respondWithFlag } from "./flags.ts";

/** `GET|POST identities/`: returns the flags of an identity, and stores the traits of the request. */
export class IdentitiesRoute implements Route {
  readonly path = "/api/v1/identities/";
  readonly methods: Route["methods"] = ["GET", "POST", "HEAD"];
  readonly offersHtml = true;
  readonly #environment: ServedEnvironment;
  readonly #identities = new IdentityStore();
  readonly #handler: IdentityFlagsHandler | undefined;

  constructor(environment: ServedEnvironment, handler: IdentityFlagsHandler | undefined) {
    this.#environment = environment;
    this.#handler = handler;
  }

  async handle(routed: RouteRequest): Promise<RouteResponse> {
    if (routed.request.method !== "POST") return this.#handleQuery(routed);
    const body = await parseBody(routed.request);
    if ("refusal" in body) return body.refusal;
    const identity = parseIdentityRequest(body.value);
    if ("status" in identity) return identity;
    // As the hosted service does. Flagsmith 2.265 drops the traits instead, and evaluates without them.
    if (identity.traits.length > 0 && !maySetTraits(routed)) {
      return json(400, { traits: ["Setting traits not allowed with client key."] });
    }
    return this.#respond(identity, routed);
  }

  /** Forgets an identity and its traits. */
  delete(identifier: string): void {
    this.#identities.delete(identifier);
  }

  /** Forgets all identities and their traits. */
  clear(): void {
    this.#identities.clear();
  }

  #handleQuery(routed: RouteRequest): RouteResponse | Promise<RouteResponse> {
    const identifier = routed.query.get("identifier")?.trim() ?? "";
    // Not a mistake: the real server refuses with status 200.
    if (identifier === "") return json(200, { detail: "Missing identifier" });
    const flag = parseServerBoolean(routed.query.get("transient") ?? undefined);
    const transient = "value" in flag && flag.value;
    return this.#respond({ identifier, traits: [], transient }, routed);
  }

  async #respond(
    request: IdentityRequest,
    { document, query, keyKind, request: { method } }: RouteRequest,
  ): Promise<RouteResponse> {
    const overrides = document.identity_overrides ?? [];
    const traits = this.#identities.record(request, {
      persists: document.project.organisation?.persist_trait_data !== false,
      isKnown: overrides.some((override) => override.identifier === request.identifier),
    });
    const identifier =
      request.identifier ??
      (await createAnonymousIdentifier(
        // Traits that are all deleted are traits, too: the identifier is not random.
        Object.fromEntries(request.traits.map(({ key, value }) => [key, value])),
      ));
    const transient = request.transient || request.identifier === undefined;
    const identity = { identifier, traits, transient };
    const flags = listIdentityFlags(identity, this.#environment, {
      keyKind,
      handler: this.#handler,
    });
    const headers = { "x-flagsmith-document-updated-at": this.#environment.readHeaderDate().text };
    const name = method === "POST" ? null : query.get("feature");
    if (name !== null) return respondWithFlag(flags, name, headers);
    const shown = document.hide_sensitive_data === true ? [] : traits;
    return json(200, { identifier, traits: shown, flags }, headers);
  }
}

function maySetTraits({ keyKind, document }: RouteRequest): boolean {
  return keyKind === "server" || document.allow_client_traits !== false;
}
