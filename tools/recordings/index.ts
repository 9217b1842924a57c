import document from "./fixtures/environment-document.json" with { type: "json" };
import identities from "./fixtures/identities.json" with { type: "json" };

/** An identity of the recorded exchanges. */
export interface RecordedIdentity {
  readonly identifier: string;
  readonly traits: Readonly<Record<string, string | number | boolean>>;
}

/** Document of the recorded environment. */
export const environmentDocument = document;

/** Identities that get different flags in the recorded environment. */
export const recordedIdentities: readonly RecordedIdentity[] = identities;
