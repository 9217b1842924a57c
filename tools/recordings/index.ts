import document from "./fixtures/environment-document.json" with { type: "json" };
import identities from "./fixtures/identities.json" with { type: "json" };

/** Who was asked for when the exchanges were recorded. */
export interface RecordedIdentity {
  readonly identifier: string;
  readonly traits: Readonly<Record<string, string | number | boolean>>;
}

/** The document of the recorded environment. */
export const environmentDocument = document;

/** Identities that the recorded environment treats differently. */
export const recordedIdentities: readonly RecordedIdentity[] = identities;
