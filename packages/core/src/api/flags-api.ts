import * as v from "valibot";
import type { Flag } from "../flags/flag.ts";
import type { Call } from "../http/call.ts";
import type { Request } from "../http/request.ts";
import type { Identity } from "../identity/identity.ts";
import { listTraits, type Trait } from "../identity/traits.ts";
import { boolean, flagValue, number, numberOrText, parseJson, shaped, text } from "./schema.ts";

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

// Unknown members are ignored: `object` takes what is named and leaves the rest.
const experiment = v.object({
  id: numberOrText,
  name: v.nullish(text),
  in_experiment: boolean,
});

const flag = v.object({
  enabled: boolean,
  feature_state_value: flagValue,
  feature: v.object({ id: v.nullish(number), name: text }),
  reason: v.nullish(text),
  variant: v.nullish(text),
  metadata: v.optional(v.custom<unknown>(() => true)),
});

const flags = v.array(flag);

const identityFlags = v.object({ flags });

/** The flags in the body of `flags/`; `undefined` where it has not their shape. */
export function parseFlags(body: unknown): readonly Flag[] | undefined {
  return shaped(flags, body)?.map(toFlag);
}

/** The flags in the body of `identities/`; `undefined` where it has not their shape. */
export function parseIdentityFlags(body: unknown): readonly Flag[] | undefined {
  return shaped(identityFlags, body)?.flags.map(toFlag);
}

function toFlag({
  enabled,
  feature_state_value,
  feature,
  ...rest
}: v.InferOutput<typeof flag>): Flag {
  // What cannot be understood of it must not cost the flags.
  const assigned = shaped(experiment, Reflect.get(Object(rest.metadata), "experiment"));
  return {
    featureName: feature.name,
    featureId: feature.id ?? undefined,
    enabled,
    value: feature_state_value,
    isDefault: false,
    reason: rest.reason ?? undefined,
    variant: rest.variant ?? null,
    experiment: assigned
      ? { id: assigned.id, name: assigned.name ?? undefined, inExperiment: assigned.in_experiment }
      : undefined,
  };
}
