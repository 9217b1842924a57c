import { createInvalidResponseError, FlagsmithAPIError } from "../errors.ts";
import { type Flag, type FlagExperiment, isFlagValue, parseExperiment } from "../flags/flag.ts";
import type { FlagsByName } from "../flags/flags.ts";
import type { Call } from "../http/call.ts";
import type { Connection } from "../http/connection.ts";
import type { HttpResponse } from "../http/fetch.ts";
import type { Identity } from "../identity/identity.ts";
import { isStorable } from "../identity/server-limits.ts";
import { listTraits } from "../identity/traits.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { getMember, parseJson } from "../platform/json.ts";
import { createWarnOnce, type Logger, quoteName } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";

/** POST `identities/` for an identity, GET `flags/` without one. @throws {@link FlagsmithAPIError} */
export type RequestFlags = (identity: Identity | undefined, call: Call) => Promise<FlagsByName>;

/** Creates the function that requests flags. */
export function createRequestFlags(client: {
  readonly options: Pick<ParsedOptions, "apiUrl">;
  readonly connection: Pick<Connection, "circuit" | "createHeaders" | "createSendRequest">;
  readonly timers: Timers;
  readonly logger: Pick<Logger, "warn">;
}): RequestFlags {
  const { connection } = client;
  const { apiUrl } = client.options;
  const headers = connection.createHeaders(apiUrl);
  const postHeaders = { ...headers, "Content-Type": "application/json" };
  const send = connection.createSendRequest(client.timers, connection.circuit);
  const warnOnce = createWarnOnce(client.logger);
  const readFlags = (list: unknown) => parseApiFlags(list, warnOnce);
  /** The last response without an identity. Most repeat it, and a comparison is faster than parsing. */
  let lastText = "";
  let lastFlags: FlagsByName | undefined;

  return (identity, call) => {
    if (!identity) {
      const read = ({ text }: HttpResponse) => {
        if (text !== lastText) lastFlags = readFlags(parseJson(text));
        lastText = text;
        return lastFlags;
      };
      const url = `${apiUrl}flags/`;
      return send({ isEvaluation: true, method: "GET", url, headers, read }, call);
    }
    return send(
      {
        isEvaluation: true,
        method: "POST",
        url: `${apiUrl}identities/`,
        headers: postHeaders,
        body: JSON.stringify(toIdentityBody(identity)),
        listSecrets: () => listSecrets(identity),
        read: ({ text, status }) => {
          const response = parseJson(text);
          assertSameIdentity(identity, getMember(response, "identifier"), status);
          return readFlags(getMember(response, "flags"));
        },
      },
      call,
    ).catch((error) => {
      // Not a rejected promise, which Workers with a compatibility date before 2026-03-03 report as unhandled.
      throw explainLargeInteger(error, identity);
    });
  };
}

/** Returns `undefined` unless the input is a list. A malformed flag is left out, so that its feature is unknown. */
function parseApiFlags(list: unknown, warn: (message: string) => void): FlagsByName | undefined {
  if (!Array.isArray(list)) return undefined;
  const flags = new Map<string, Flag>();
  // Checked in one loop, because valibot would need more time than the rest of the call.
  for (const item of list) {
    const flag = parseApiFlag(item);
    if (flag) flags.set(flag.featureName, flag);
    else warn(`Feature ${nameFeature(item)} is malformed in a response. It counts as unknown.`);
  }
  return flags;
}

/** Names the feature of a malformed flag. */
function nameFeature(flag: unknown): string {
  const name = getMember(getMember(flag, "feature"), "name");
  return typeof name === "string" ? JSON.stringify(name) : "without a name";
}

/**
 * A cache that ignores the body of a POST returns the flags of another identity. An anonymous one gets an identifier.
 * A database that ignores case, such as MySQL, returns the identifier as it was first stored.
 */
function assertSameIdentity({ identifier }: Identity, returned: unknown, status: number): void {
  const sent = normalize(identifier);
  if (typeof returned !== "string" || sent === "" || normalize(returned) === sent) return;
  const message =
    "The API returned the flags of another identity: a proxy may cache POST requests.";
  throw createInvalidResponseError(message, status);
}

function normalize(identifier: string): string {
  return identifier.trim().toLowerCase();
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
