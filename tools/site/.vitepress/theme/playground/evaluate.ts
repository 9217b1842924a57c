import {
  createSnapshot,
  type ExplainedFlag,
  type Explanation,
  explain,
} from "@flagsmith-isomorphic/core/explain";
import type { TraitInput } from "./traits.ts";

type Snapshot = ReturnType<typeof createSnapshot>;

/** A document that was read, or why it cannot be used. */
export type LoadedDocument =
  | {
      readonly snapshot: Snapshot;
      readonly document: unknown;
      /** Problems of parts of the document. */
      readonly problems: readonly string[];
      readonly error?: never;
    }
  | { readonly error: string; readonly snapshot?: never; readonly problems?: never };

/** One line of the list of flags. */
export interface FlagLine extends ExplainedFlag {
  readonly name: string;
  /** The candidate that decided the flag, for the badge of the line. */
  readonly winner: "default" | "segment" | "split" | "identity";
}

/** An identity. A blank identifier means the flags of the environment. */
export interface Identity {
  readonly identifier: string;
  readonly traits: Readonly<Record<string, TraitInput>>;
}

/** Reads and compiles the text of an environment document. */
export function loadDocument(text: string): LoadedDocument {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return { error: `This is not JSON: ${(error as Error).message}` };
  }
  const problems: string[] = [];
  try {
    const snapshot = createSnapshot(document as Parameters<typeof createSnapshot>[0], (problem) =>
      problems.push(problem),
    );
    return { snapshot, document, problems };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/** Evaluates all flags. Throws if the identity is invalid. */
export function evaluateFlags(snapshot: Snapshot, identity: Identity): readonly FlagLine[] {
  const flags = isBlank(identity)
    ? snapshot.environmentFlags()
    : snapshot.identityFlags(identity.identifier, identity.traits);
  return flags.allFlags().map((flag) => {
    const { featureName: name, enabled, value, reason = "", variant } = flag;
    const explanation = explainFlag(snapshot, identity, name);
    return {
      name,
      enabled,
      value: value ?? null,
      reason: reason ?? "",
      variant: variant ?? null,
      winner: findWinner(explanation),
    };
  });
}

/** Explains one flag. */
export function explainFlag(snapshot: Snapshot, identity: Identity, name: string): Explanation {
  return isBlank(identity)
    ? explain(snapshot, name)
    : explain(snapshot, name, identity.identifier, identity.traits);
}

function isBlank({ identifier }: Identity): boolean {
  return identifier.trim() === "";
}

function findWinner({ winner, flag }: Explanation): FlagLine["winner"] {
  if (winner?.kind === "identity-override") return "identity";
  if (winner?.kind === "segment") return "segment";
  return flag?.reason.startsWith("SPLIT") ? "split" : "default";
}
