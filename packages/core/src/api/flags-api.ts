import * as v from "valibot";
import type { Flag } from "../flags/flag.ts";
import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import type { SendRequest } from "../http/request.ts";
import type { Identity } from "../identity/identity.ts";
import { listTraits } from "../identity/traits.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import type { Timers } from "../platform/platform.ts";
import {
  booleanSchema,
  flagValueSchema,
  getMember,
  idSchema,
  nullable,
  numberSchema,
  parse,
  parseJson,
  textSchema,
} from "./schema.ts";

/** The endpoints of the Flagsmith API that return flags. */
export class FlagsApi {
  readonly #apiUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #send: SendRequest;

  constructor(client: {
    readonly options: Pick<ParsedOptions, "apiUrl">;
    readonly connection: Pick<Connection, "circuit" | "createHeaders" | "createSendRequest">;
    readonly timers: Timers;
  }) {
    const { options, connection, timers } = client;
    this.#apiUrl = options.apiUrl;
    this.#headers = connection.createHeaders(this.#apiUrl);
    this.#send = connection.createSendRequest(timers, { circuit: connection.circuit });
  }

  /** GET `flags/`. @throws {@link FlagsmithAPIError} */
  environmentFlags(call: Call): Promise<readonly Flag[]> {
    return this.#send(
      {
        method: "GET",
        url: `${this.#apiUrl}flags/`,
        headers: this.#headers,
        read: ({ text }) => parse(flagList, parseJson(text))?.map(readFlag),
      },
      call,
    );
  }

  /** POST `identities/`. @throws {@link FlagsmithAPIError} */
  identityFlags(identity: Identity, call: Call): Promise<readonly Flag[]> {
    return this.#send(
      {
        method: "POST",
        url: `${this.#apiUrl}identities/`,
        headers: { ...this.#headers, "Content-Type": "application/json" },
        body: JSON.stringify(toIdentityBody(identity)),
        listSecrets: () => listSecrets(identity),
        read: ({ text }) => parse(identityResponse, parseJson(text))?.flags.map(readFlag),
      },
      call,
    );
  }
}

function listSecrets({ identifier, traits }: Identity): string[] {
  const values = listTraits(traits).map(({ value }) => value);
  return [identifier, ...values.filter((value) => typeof value !== "boolean").map(String)];
}

function toIdentityBody({ identifier, traits, transient }: Identity) {
  return {
    identifier,
    traits: listTraits(traits).map(({ key, value, transient }) => ({
      trait_key: key,
      trait_value: value,
      ...(transient && { transient }),
    })),
    ...(transient && { transient }),
  };
}

// `v.object` ignores unknown members.
const apiExperiment = v.object({
  id: idSchema,
  name: nullable(textSchema),
  in_experiment: booleanSchema,
});

const apiFlag = v.object({
  enabled: booleanSchema,
  feature_state_value: flagValueSchema,
  feature: v.object({ id: nullable(numberSchema), name: textSchema }),
  reason: nullable(textSchema),
  variant: nullable(textSchema),
  metadata: v.optional(v.custom<unknown>(() => true)),
});

const flagList = v.array(apiFlag);

const identityResponse = v.object({ flags: flagList });

function readFlag(flag: v.InferOutput<typeof apiFlag>): Flag {
  // A flag with an invalid experiment is used without it.
  const experiment = parse(apiExperiment, getMember(flag.metadata, "experiment"));
  return {
    featureName: flag.feature.name,
    featureId: flag.feature.id ?? undefined,
    enabled: flag.enabled,
    value: flag.feature_state_value,
    isDefault: false,
    reason: flag.reason ?? undefined,
    variant: flag.variant ?? null,
    experiment: experiment && {
      id: experiment.id,
      name: experiment.name ?? undefined,
      inExperiment: experiment.in_experiment,
    },
  };
}
