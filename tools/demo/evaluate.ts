import type { Flagsmith, FlagsmithOptions } from "@flagsmith-isomorphic/core";
import type { FlagRow } from "./comparison.ts";

/** An API, and the identities whose flags are fetched. */
export interface EvaluationRequest {
  readonly environmentKey: string;
  readonly apiUrl: string;
  readonly identities: readonly {
    readonly identifier: string;
    readonly traits: Readonly<Record<string, string | number | boolean>>;
  }[];
}

/** Flags that one mode returns on one runtime. */
export interface ModeFlags {
  readonly mode: "remote" | "local";
  /** Flags of the environment and of each identity, by name. */
  readonly flags: Readonly<Record<string, readonly FlagRow[]>>;
}

/** Fetches flags in every mode that the key permits. Uses nothing of the runtime. */
export async function evaluateInModes(
  Client: new (options: FlagsmithOptions) => Flagsmith,
  { environmentKey, apiUrl, identities }: EvaluationRequest,
): Promise<ModeFlags[]> {
  const modes = environmentKey.startsWith("ser.")
    ? (["remote", "local"] as const)
    : (["remote"] as const);
  const results: ModeFlags[] = [];
  for (const mode of modes) {
    const flagsmith = new Client({
      environmentKey,
      apiUrl,
      enableLocalEvaluation: mode === "local",
      // The recorded environment has a segment that is broken on purpose.
      logger: { warn: () => undefined, error: () => undefined },
    });
    const flags: Record<string, readonly FlagRow[]> = {
      "the environment": toRows((await flagsmith.getEnvironmentFlags()).allFlags()),
    };
    for (const { identifier, traits } of identities) {
      const identityFlags = await flagsmith.getIdentityFlags(identifier, traits, true);
      flags[identifier] = toRows(identityFlags.allFlags());
    }
    await flagsmith.close();
    results.push({ mode, flags });
  }
  return results;
}

type FlagList = ReturnType<Awaited<ReturnType<Flagsmith["getEnvironmentFlags"]>>["allFlags"]>;

function toRows(flags: FlagList): readonly FlagRow[] {
  return flags.map(({ featureName, enabled, value }) => [featureName, enabled, value ?? null]);
}
