import type { Flagsmith, FlagsmithOptions } from "@flagsmith-isomorphic/core";
import type { FlagRow } from "./comparison.ts";

/** Which API to ask, and for whom. */
export interface Question {
  readonly environmentKey: string;
  readonly apiUrl: string;
  readonly identities: readonly {
    readonly identifier: string;
    readonly traits: Readonly<Record<string, string | number | boolean>>;
  }[];
}

/** What one mode of one runtime answers: name, state and value of every flag, by who was asked for. */
export interface Answer {
  readonly mode: "remote" | "local";
  readonly flags: Readonly<Record<string, readonly FlagRow[]>>;
}

/** Asks in every mode that the key permits; it needs nothing of its runtime. */
export async function ask(
  Client: new (options: FlagsmithOptions) => Flagsmith,
  { environmentKey, apiUrl, identities }: Question,
): Promise<Answer[]> {
  const modes = environmentKey.startsWith("ser.")
    ? (["remote", "local"] as const)
    : (["remote"] as const);
  const answers: Answer[] = [];
  for (const mode of modes) {
    const flagsmith = new Client({
      environmentKey,
      apiUrl,
      enableLocalEvaluation: mode === "local",
      // The recorded environment has a regular expression that is broken on purpose.
      logger: { warn: () => undefined, error: () => undefined },
    });
    const flags: Record<string, readonly FlagRow[]> = {
      "the environment": rowsOf((await flagsmith.getEnvironmentFlags()).allFlags()),
    };
    for (const { identifier, traits } of identities) {
      const identityFlags = await flagsmith.getIdentityFlags(identifier, traits, true);
      flags[identifier] = rowsOf(identityFlags.allFlags());
    }
    await flagsmith.close();
    answers.push({ mode, flags });
  }
  return answers;
}

type Flags = ReturnType<Awaited<ReturnType<Flagsmith["getEnvironmentFlags"]>>["allFlags"]>;

function rowsOf(flags: Flags): readonly FlagRow[] {
  return flags.map(({ featureName, enabled, value }) => [featureName, enabled, value ?? null]);
}
