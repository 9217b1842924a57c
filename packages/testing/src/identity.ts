/** A trait as `identities/` answers it. */
export interface WireTrait {
  readonly id: number | null;
  readonly trait_key: string;
  readonly trait_value: string | number | boolean;
  readonly transient: boolean;
}

/** The identity a request asks about, with the traits that count for the answer. */
export interface RequestedIdentity {
  readonly identifier: string;
  /** Stored and sent traits together, as the answer lists them. */
  readonly traits: readonly WireTrait[];
  readonly transient: boolean;
}

/** A trait as a request sends it; `null` removes it. */
export interface SentTrait {
  readonly key: string;
  readonly value: string | number | boolean | null;
  readonly transient: boolean;
}

/** What an identities request says, after the server's checks. */
export interface IdentityRequest {
  /** `undefined`: nobody in particular, so nothing is stored. */
  readonly identifier: string | undefined;
  readonly traits: readonly SentTrait[];
  readonly transient: boolean;
}
