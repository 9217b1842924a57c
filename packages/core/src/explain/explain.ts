import type { CompiledEnvironment } from "../engine/index.ts";
import type { EnvironmentSnapshot } from "../environment/snapshot.ts";
import { FlagsmithClientError } from "../errors.ts";
import type { FlagsOrigin } from "../flags/flag-reader.ts";
import { getReader } from "../flags/flags.ts";
import { type Identity, IdentityParser } from "../identity/identity.ts";
import { listTraits, type Traits } from "../identity/traits.ts";
import type { Explanation } from "./explanation.ts";
import { traceFlag } from "./trace-flag.ts";

/**
 * Explains how a snapshot evaluates one flag: what was considered, which conditions matched, what won and why. The
 * evaluation is not counted in analytics and not passed to `onFlagEvaluated`.
 *
 * @param snapshot - from `getSnapshot()` or `currentSnapshot()` of any client in local evaluation or offline mode.
 * @param identifier - without one, explains the flag of the environment.
 * @throws {@link FlagsmithClientError} `INVALID_IDENTIFIER`. `INVALID_TRAIT` with `strictTraits`. `NO_ENVIRONMENT` if the
 * snapshot consists of default flags.
 *
 * @example
 * const snapshot = await flagsmith.getSnapshot();
 * const explanation = explain(snapshot, "max_items", "user-42", { plan: "gold" });
 * console.log(formatExplanation(explanation));
 */
export function explain(
  snapshot: EnvironmentSnapshot,
  featureName: string,
  identifier?: string,
  traits?: Traits,
): Explanation {
  const flags =
    identifier === undefined
      ? snapshot.environmentFlags()
      : snapshot.identityFlags(identifier, traits);
  const { origin } = getReader(flags);
  if (origin.compiled === undefined) {
    throw new FlagsmithClientError(
      "NO_ENVIRONMENT",
      "The snapshot consists of default flags: there is no environment document to explain.",
    );
  }
  const invalidTraits: string[] = [];
  // The client has logged them already.
  const logger = { warn: (message: string) => void invalidTraits.push(message) };
  const parser = new IdentityParser({ strictTraits: false }, logger);
  const identity = identifier === undefined ? undefined : parser.parse({ identifier, traits });
  return explainIdentity({ ...origin, compiled: origin.compiled }, featureName, {
    identity,
    problems: invalidTraits,
  });
}

/** Explains the flag of a checked identity, or of the environment. */
export function explainIdentity(
  {
    compiled,
    updatedAt,
    source,
  }: Pick<FlagsOrigin, "updatedAt" | "source"> & { readonly compiled: CompiledEnvironment },
  featureName: string,
  {
    identity,
    problems = [],
  }: {
    readonly identity: Pick<Identity, "identifier" | "traits"> | undefined;
    /** Problems of the identity. */
    readonly problems?: readonly string[];
  },
): Explanation {
  const { problems: found, ...trace } = traceFlag(compiled, featureName, identity);
  return {
    featureName,
    identity: identity
      ? {
          identifier: identity.identifier,
          traits: Object.fromEntries(
            listTraits(identity.traits).map(({ key, value }) => [key, value]),
          ),
        }
      : null,
    ...trace,
    problems: [...problems, ...found],
    environmentName: compiled.tables.environment.name,
    documentUpdatedAt: updatedAt ?? null,
    source,
  };
}
