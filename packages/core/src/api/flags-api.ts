import { FlagsmithAPIError } from "../errors.ts";
import { type Flag, type FlagExperiment, parseExperiment } from "../flags/flag.ts";
import type { FlagsByName } from "../flags/flags.ts";
import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import type { SendRequest } from "../http/request.ts";
import type { Identity } from "../identity/identity.ts";
import { isStorable } from "../identity/server-limits.ts";
import { listTraits } from "../identity/traits.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { createWarnOnce, type Logger, quoteName } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";
import { getMember, isFlagValue, parseJson } from "./schema.ts";

/** The endpoints of the Flagsmith API that return flags. */
export class FlagsApi {
  readonly #flagsUrl: string;
  readonly #identitiesUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #postHeaders: Readonly<Record<string, string>>;
  readonly #send: SendRequest;
  readonly #warnOnce: (message: string) => void;
  /** The last response to {@link environmentFlags}. Most repeat it, and a comparison is faster than parsing. */
  #lastText = "";
  #lastFlags: FlagsByName | undefined;

  constructor(client: {
    readonly options: Pick<ParsedOptions, "apiUrl">;
    readonly connection: Pick<Connection, "circuit" | "createHeaders" | "createSendRequest">;
    readonly timers: Timers;
    readonly logger: Pick<Logger, "warn">;
  }) {
    const { options, connection, timers, logger } = client;
    const { apiUrl } = options;
    this.#flagsUrl = `${apiUrl}flags/`;
    this.#identitiesUrl = `${apiUrl}identities/`;
    this.#headers = connection.createHeaders(apiUrl);
    this.#postHeaders = { ...this.#headers, "Content-Type": "application/json" };
    this.#send = connection.createSendRequest(timers, connection.circuit);
    this.#warnOnce = createWarnOnce(logger);
  }

  /** GET `flags/`. @throws {@link FlagsmithAPIError} */
  environmentFlags(call: Call): Promise<FlagsByName> {
    return this.#send(
      {
        isEvaluation: true,
        method: "GET",
        url: this.#flagsUrl,
        headers: this.#headers,
        read: ({ text }) => this.#readEnvironmentFlags(text),
      },
      call,
    );
  }

  /** POST `identities/`. @throws {@link FlagsmithAPIError} */
  identityFlags(identity: Identity, call: Call): Promise<FlagsByName> {
    return this.#send(
      {
        isEvaluation: true,
        method: "POST",
        url: this.#identitiesUrl,
        headers: this.#postHeaders,
        body: JSON.stringify(toIdentityBody(identity)),
        listSecrets: () => listSecrets(identity),
        read: ({ text, status }) => {
          const response = parseJson(text);
          assertSameIdentity(identity, getMember(response, "identifier"), status);
          return this.#readFlags(getMember(response, "flags"));
        },
      },
      call,
    ).catch((error) => Promise.reject(explainLargeInteger(error, identity)));
  }

  #readEnvironmentFlags(text: string): FlagsByName | undefined {
    if (text !== this.#lastText) this.#lastFlags = this.#readFlags(parseJson(text));
    this.#lastText = text;
    return this.#lastFlags;
  }

  /** Returns `undefined` unless the input is a list. A malformed flag is left out, so that its feature is unknown. */
  #readFlags(list: unknown): FlagsByName | undefined {
    if (!Array.isArray(list)) return undefined;
    const flags = new Map<string, Flag>();
    // Checked in one loop, because valibot would need more time than the rest of the call.
    for (const item of list) {
      const flag = parseApiFlag(item);
      if (flag) flags.set(flag.featureName, flag);
      else this.#warnOfMalformed(item);
    }
    return flags;
  }

  #warnOfMalformed(flag: unknown): void {
    const name = getMember(getMember(flag, "feature"), "name");
    const feature = typeof name === "string" ? JSON.stringify(name) : "without a name";
    this.#warnOnce(`Feature ${feature} is malformed in a response. It counts as unknown.`);
  }
}

/** A cache that ignores the body of a POST returns the flags of another identity. An anonymous one gets an identifier. */
function assertSameIdentity({ identifier }: Identity, returned: unknown, status: number): void {
  const sent = identifier.trim();
  if (typeof returned !== "string" || sent === "" || returned.trim() === sent) return;
  const message =
    "The API returned the flags of another identity: a proxy may cache POST requests.";
  throw new FlagsmithAPIError("INVALID_RESPONSE", message, { status });
}

/** Adds the name of a trait to an error that it may have caused: not every version of the API stores larger integers. */
function explainLargeInteger(error: unknown, { traits, transient }: Identity): unknown {
  if (!(error instanceof FlagsmithAPIError && [400, 500].includes(error.status ?? 0))) return error;
  const trait = listTraits(traits).find(
    (trait) =>
      !transient && !trait.transient && typeof trait.value === "number" && !isStorable(trait.value),
  );
  if (!trait) return error;
  const { code, message } = error;
  const problem = `Trait ${quoteName(trait.key)} is outside the 32-bit range, which may be the reason`;
  const advice = "send it as a string, or as { value, transient: true }";
  return new FlagsmithAPIError(code, `${message} ${problem}: ${advice}.`, error);
}

function listSecrets({ identifier, traits }: Identity): string[] {
  const values = listTraits(traits).map(({ value }) => value);
  return [identifier, ...values.filter((value) => typeof value !== "boolean").map(String)];
}

/** JSON has no members that are `undefined`. */
function toIdentityBody({ identifier, traits, transient }: Identity) {
  return {
    identifier,
    traits: listTraits(traits).map(({ key, value, transient }) => ({
      trait_key: key,
      trait_value: value,
      transient: transient || undefined,
    })),
    transient: transient || undefined,
  };
}

/** The members of a flag in a response that are read. */
interface ApiFlag {
  readonly feature: { readonly id?: unknown; readonly name?: unknown };
  readonly enabled: unknown;
  /** May be missing, as in the environment document. */
  readonly feature_state_value: unknown;
  readonly reason: unknown;
  readonly variant: unknown;
  readonly metadata: unknown;
}

/** Returns `undefined` for a malformed flag. */
function parseApiFlag(input: unknown): Flag | undefined {
  const {
    feature,
    enabled,
    feature_state_value: value = null,
    reason,
    variant,
    metadata,
  }: Partial<ApiFlag> = Object(input);
  const name = feature?.name;
  if (typeof name !== "string" || typeof enabled !== "boolean" || !isFlagValue(value)) return;
  return {
    featureName: name,
    featureId: typeof feature?.id === "number" ? feature.id : undefined,
    enabled,
    value,
    isDefault: false,
    reason: typeof reason === "string" ? reason : undefined,
    variant: typeof variant === "string" ? variant : null,
    experiment: metadata ? parseApiExperiment(metadata) : undefined,
  };
}

/** Returns `undefined` for an invalid experiment, so that the flag is used without it. */
function parseApiExperiment(metadata: unknown): FlagExperiment | undefined {
  const { id, name, in_experiment: inExperiment } = Object(Object(metadata).experiment);
  return parseExperiment({ id, name, inExperiment });
}
