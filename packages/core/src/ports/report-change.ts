import type { FlagsmithClientError } from "../errors.ts";

/** Told of each new environment document, and of each load that failed; not of one that brought the same. */
export type ReportChange = (
  error: FlagsmithClientError | null,
  change: {
    /** When Flagsmith last changed the document in use, in ISO 8601, where that is known. */
    readonly updatedAt: string | undefined;
  },
) => void;
