import type { ClientParts } from "../compose.ts";

/** Global, because an integration may come from another copy of the package. */
const partsKey = Symbol.for("flagsmith-isomorphic/client/1");

/** Makes the parts of a client available to {@link getParts}. */
export function exposeParts(client: object, parts: ClientParts): void {
  // A function, so that no inspection of the client prints the parts, which contain secrets.
  Object.defineProperty(client, partsKey, { value: () => parts });
}

/** Returns the parts of a client. */
export function getParts(client: object): ClientParts {
  return (client as { readonly [partsKey]: () => ClientParts })[partsKey]();
}
