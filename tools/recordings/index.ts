import type { EnvironmentDocument, WireFlag } from "@flagsmith-isomorphic/testing";
import document from "./fixtures/environment-document.json" with { type: "json" };
import identities from "./fixtures/identities.json" with { type: "json" };

/** What was asked for an identity, and the flags that the API answered with. */
export interface RecordedIdentity {
  readonly identifier: string;
  readonly traits: Readonly<Record<string, string | number | boolean>>;
  readonly flags: readonly WireFlag[];
}

/** The document of the recorded environment. */
export const environmentDocument: EnvironmentDocument = document;

/** Identities of the recorded environment. */
export const recordedIdentities: readonly RecordedIdentity[] = identities.map(
  ({ request: { identifier, traits }, flags }) => ({
    identifier,
    traits: Object.fromEntries(traits.map((trait) => [trait.trait_key, trait.trait_value])),
    flags,
  }),
);
