import type { Flag } from "../flags/flag.ts";
import type { Identity } from "../identity/identity.ts";
import { listTraits, type Trait } from "../identity/traits.ts";
import { parseFlags, parseIdentityFlags } from "../schemas/flags-response.ts";
import { parseJson } from "../schemas/parse-json.ts";
import type { Request } from "./api-request.ts";
import type { Call } from "./call.ts";

/** The Flagsmith API, as far as flags are asked of it. */
export interface FlagsmithApi {
  /** GET `flags/`. @throws {@link FlagsmithAPIError} */
  readonly environmentFlags: (call: Call) => Promise<readonly Flag[]>;
  /** POST `identities/`. @throws {@link FlagsmithAPIError} */
  readonly identityFlags: (identity: Identity, call: Call) => Promise<readonly Flag[]>;
}

/** What {@link createFlagsmithApi} needs of the client. */
export interface FlagsmithApiContext {
  /** With its trailing slash: without it the API redirects. */
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: Request;
}

/** Makes the client of the API's flags: one request per call, retried as the policy says. */
export function createFlagsmithApi({
  apiUrl,
  headers,
  request,
}: FlagsmithApiContext): FlagsmithApi {
  return {
    environmentFlags: (call) =>
      request(
        {
          method: "GET",
          url: `${apiUrl}flags/`,
          headers,
          expected: "flags",
          read: ({ text }) => parseFlags(parseJson(text)),
        },
        call,
      ),
    identityFlags: (identity, call) =>
      request(
        {
          method: "POST",
          url: `${apiUrl}identities/`,
          headers: { ...headers, "Content-Type": "application/json" },
          body: JSON.stringify(toIdentityBody(identity)),
          expected: "flags",
          read: ({ text }) => parseIdentityFlags(parseJson(text)),
        },
        call,
      ),
  };
}

function toIdentityBody({ identifier, traits, transient }: Identity) {
  return {
    identifier,
    traits: listTraits(traits).map(toTraitBody),
    ...(transient && { transient }),
  };
}

function toTraitBody({ key, value, transient }: Trait) {
  return { trait_key: key, trait_value: value, ...(transient && { transient }) };
}
