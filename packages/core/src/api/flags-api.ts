import * as v from "valibot";
import { FlagsmithAPIError } from "../errors.ts";
import type { Flag } from "../flags/flag.ts";
import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import type { SendRequest } from "../http/request.ts";
import type { Identity } from "../identity/identity.ts";
import { isStorable } from "../identity/server-limits.ts";
import { listTraits, quoteKey } from "../identity/traits.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { createWarnOnce, type Logger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import {
  booleanSchema,
  getMember,
  idSchema,
  isFlagValue,
  nullable,
  parse,
  parseJson,
  textSchema,
} from "./schema.ts";

/** The endpoints of the Flagsmith API that return flags. */
export class FlagsApi {
  readonly #apiUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #send: SendRequest;
  readonly #warnOnce: (message: string) => void;

  constructor(client: {
    readonly options: Pick<ParsedOptions, "apiUrl">;
    readonly connection: Pick<Connection, "circuit" | "createHeaders" | "createSendRequest">;
    readonly timers: Timers;
    readonly logger: Pick<Logger, "warn">;
  }) {
    const { options, connection, timers, logger } = client;
    this.#apiUrl = options.apiUrl;
    this.#headers = connection.createHeaders(this.#apiUrl);
    this.#send = connection.createSendRequest(timers, connection.circuit);
    this.#warnOnce = createWarnOnce(logger);
  }

  /** GET `flags/`. @throws {@link FlagsmithAPIError} */
  environmentFlags(call: Call): Promise<readonly Flag[]> {
    return this.#send(
      {
        method: "GET",
        url: `${this.#apiUrl}flags/`,
        headers: this.#headers,
        read: ({ text }) => this.#readFlags(parseJson(text)),
      },
      call,
    );
  }

  /** POST `identities/`. @throws {@link FlagsmithAPIError} */
  identityFlags(identity: Identity, call: Call): Promise<readonly Flag[]> {
    const request = this.#send(
      {
        method: "POST",
        url: `${this.#apiUrl}identities/`,
        headers: { ...this.#headers, "Content-Type": "application/json" },
        body: JSON.stringify(toIdentityBody(identity)),
        listSecrets: () => listSecrets(identity),
        read: ({ text, status }) => {
          const response = parseJson(text);
          assertSameIdentity(identity, getMember(response, "identifier"), status);
          return this.#readFlags(getMember(response, "flags"));
        },
      },
      call,
    );
    const trait = findLargeInteger(identity);
    if (trait === undefined) return request;
    return request.catch((error) => Promise.reject(explainLargeInteger(error, trait)));
  }

  /** Returns `undefined` unless the input is a list. A malformed flag is left out, so that its feature is unknown. */
  #readFlags(list: unknown): readonly Flag[] | undefined {
    if (!Array.isArray(list)) return undefined;
    const flags: Flag[] = [];
    for (const item of list) {
      const flag = readFlag(item);
      if (flag !== undefined) flags.push(flag);
      else this.#warnOfMalformed(getMember(getMember(item, "feature"), "name"));
    }
    return flags;
  }

  #warnOfMalformed(name: unknown): void {
    const feature = typeof name === "string" ? JSON.stringify(name) : "without a name";
    this.#warnOnce(`Feature ${feature} is malformed in a response. It counts as unknown.`);
  }
}

/** A cache that ignores the body of a POST returns the flags of another identity. An anonymous one gets an identifier. */
function assertSameIdentity({ identifier }: Identity, returned: unknown, status: number): void {
  const isSame = typeof returned !== "string" || returned.trim() === identifier.trim();
  if (isSame || identifier.trim() === "") return;
  const message =
    "The API returned the flags of another identity, which are not used: a proxy may cache POST requests.";
  throw new FlagsmithAPIError("INVALID_RESPONSE", message, { status });
}

/** Returns the name of a stored trait that is an integer of more than 32 bits. Not every version of the API stores it. */
function findLargeInteger({ traits, transient }: Identity): string | undefined {
  return listTraits(traits).find(
    ({ value, ...trait }) =>
      !transient && !trait.transient && typeof value === "number" && !isStorable(value),
  )?.key;
}

function explainLargeInteger(error: unknown, trait: string): unknown {
  if (!(error instanceof FlagsmithAPIError && [400, 500].includes(error.status ?? 0))) return error;
  const { code, message } = error;
  const problem = `Trait ${quoteKey(trait)} is outside the 32-bit range, which may be the reason`;
  const advice = "send it as a string, or as { value, transient: true }";
  return new FlagsmithAPIError(code, `${message} ${problem}: ${advice}.`, error);
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

/** Reads a flag of a response. Checked in place, because a copy is expensive. Returns `undefined` if it is malformed. */
function readFlag(flag: unknown): Flag | undefined {
  const feature = getMember(flag, "feature");
  const [featureName, featureId] = [getMember(feature, "name"), getMember(feature, "id")];
  const [enabled, value] = [getMember(flag, "enabled"), getMember(flag, "feature_state_value")];
  if (typeof featureName !== "string" || typeof enabled !== "boolean" || !isFlagValue(value)) {
    return undefined;
  }
  const [reason, variant] = [getMember(flag, "reason"), getMember(flag, "variant")];
  // A flag with an invalid experiment is used without it.
  const experiment = parse(apiExperiment, getMember(getMember(flag, "metadata"), "experiment"));
  return {
    featureName,
    featureId: typeof featureId === "number" ? featureId : undefined,
    enabled,
    value,
    isDefault: false,
    reason: typeof reason === "string" ? reason : undefined,
    variant: typeof variant === "string" ? variant : null,
    experiment: experiment && {
      id: experiment.id,
      name: experiment.name ?? undefined,
      inExperiment: experiment.in_experiment,
    },
  };
}
