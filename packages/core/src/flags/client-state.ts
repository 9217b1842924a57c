import { createOptionError } from "../errors.ts";
import type { FlagValue } from "./flag.ts";
import type { FlagReader } from "./flag-reader.ts";

/** The option `state` of `init()` of Flagsmith's browser client. */
export interface ClientState {
  /** Empty, so that the browser client keeps the API of its `init()`. */
  readonly api: string;
  /** By feature name, as the browser client looks it up: in lower case, with `_` for spaces. */
  readonly flags: Readonly<
    Record<
      string,
      {
        readonly id?: number;
        readonly enabled: boolean;
        readonly value: FlagValue;
      }
    >
  >;
}

/** Creates the state of the browser client. @throws {@link FlagsmithClientError} `INVALID_OPTIONS` */
export function createClientState(
  reader: FlagReader,
  only: readonly string[] | undefined,
): ClientState {
  const { serverOnlyIds } = reader.origin;
  if (!Array.isArray(only) && (only !== undefined || !serverOnlyIds)) {
    throw createOptionError(
      "only",
      "must be a list of features, and is required with a server-side key",
    );
  }
  const flags = reader
    .list()
    .filter(({ featureName, featureId }) => {
      return (!only || only.includes(featureName)) && !serverOnlyIds?.has(featureId);
    })
    .map(({ featureName, featureId, enabled, value = null }) => {
      const name = featureName.toLowerCase().replaceAll(" ", "_");
      return [name, { ...(featureId && { id: featureId }), enabled, value }] as const;
    });
  return { api: "", flags: Object.fromEntries(flags) };
}
