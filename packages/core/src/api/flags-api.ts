import * as v from "valibot";
import type { Flag } from "../flags/flag.ts";
import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import type { Request } from "../http/request.ts";
import type { Identity } from "../identity/identity.ts";
import { listTraits, type Trait } from "../identity/traits.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Timers } from "../platform/platform.ts";
import { boolean, flagValue, number, numberOrText, parseJson, shaped, text } from "./schema.ts";

/** The endpoints of the Flagsmith API that return flags. */
export class FlagsApi {
  readonly #apiUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #request: Request;

  constructor(client: {
    readonly options: Pick<ParsedOptions, "apiUrl">;
    readonly connection: Pick<Connection, "headersFor" | "requestBy">;
    readonly timers: Timers;
  }) {
    this.#apiUrl = client.options.apiUrl;
    this.#headers = client.connection.headersFor(this.#apiUrl);
    this.#request = client.connection.requestBy(client.timers);
  }

  /** GET `flags/`. @throws {@link FlagsmithAPIError} */
  environmentFlags(call: Call): Promise<readonly Flag[]> {
    return this.#request(
      {
        method: "GET",
        url: `${this.#apiUrl}flags/`,
        headers: this.#headers,
        expected: "flags",
        read: ({ text }) => parseFlags(parseJson(text)),
      },
      call,
    );
  }

  /** POST `identities/`. @throws {@link FlagsmithAPIError} */
  identityFlags(identity: Identity, call: Call): Promise<readonly Flag[]> {
    return this.#request(
      {
        method: "POST",
        url: `${this.#apiUrl}identities/`,
        headers: { ...this.#headers, "Content-Type": "application/json" },
        body: JSON.stringify(toIdentityBody(identity)),
        expected: "flags",
        read: ({ text }) => parseIdentityFlags(parseJson(text)),
      },
      call,
    );
  }
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
