import type { Flags, Flagsmith, Traits, TraitValue } from "flagsmith-isomorphic";
import type { CommandInput, CommandOption } from "./command.ts";
import { createUsageError } from "./exit-code.ts";
import { isNumeric } from "./flag-type.ts";

/** Options that describe an identity. */
export const identityOptions: readonly CommandOption[] = [
  { flags: "--identity <identifier>", description: "evaluate for this identity" },
  {
    flags: "--trait <key=value>",
    description: "a trait, may be repeated; true, 42 and 1.5 have their types, '\"42\"' is a text",
    isRepeatable: true,
  },
];

/** An identity, an anonymous identity if it only has traits, or the environment. */
export interface Subject {
  readonly identifier: string | undefined;
  readonly traits: Readonly<Record<string, TraitValue>>;
}

/** Reads the identity from the options. @throws CommandError for a trait without a key or value. */
export function readSubject(input: CommandInput): Subject {
  const identifier = input.text("identity");
  if (identifier?.trim() === "") throw createUsageError("--identity must not be blank.");
  const entries = input.list("trait").map((text) => {
    const separator = text.indexOf("=");
    if (separator < 1) throw createUsageError("--trait must have the form key=value.");
    return [text.slice(0, separator), parseTraitValue(text.slice(separator + 1))] as const;
  });
  return { identifier, traits: Object.fromEntries(entries) };
}

/** Evaluates all flags, without storing the identity or its traits. */
export function evaluateSubject(
  client: Flagsmith,
  { identifier, traits }: Subject,
): Promise<Flags> {
  if (identifier !== undefined) {
    return client.getIdentityFlags(identifier, traits satisfies Traits, { transient: true });
  }
  return Object.keys(traits).length > 0
    ? client.getAnonymousFlags(traits)
    : client.getEnvironmentFlags();
}

/** Infers the type of a trait, as Flagsmith's own command line does. Quotes keep a text. */
export function parseTraitValue(text: string): TraitValue {
  if (text === "true" || text === "false") return text === "true";
  if (isNumeric(text)) return Number(text);
  if (/^".*"$/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      // A text with quotes.
    }
  }
  return text;
}

/** Describes the identity in a message. */
export function describeSubject({ identifier, traits }: Subject): string {
  if (identifier !== undefined) return `identity ${JSON.stringify(identifier)}`;
  return Object.keys(traits).length > 0 ? "an anonymous identity" : "the environment";
}
