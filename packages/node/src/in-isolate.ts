/**
 * The exports of this package in isolates, where it cannot work: nothing refreshes the document between requests.
 *
 * @module
 */
import { FlagsmithClientError } from "@flagsmith-isomorphic/core/adapter";

/** Not available in isolates. */
export class Flagsmith {
  /** @throws {@link FlagsmithClientError} `WRONG_RUNTIME` */
  constructor() {
    throw wrongRuntime();
  }
}

/** Not available in isolates. */
export class LocalFileHandler {
  /** @throws {@link FlagsmithClientError} `WRONG_RUNTIME` */
  constructor() {
    throw wrongRuntime();
  }
}

function wrongRuntime(): FlagsmithClientError {
  const message =
    "@flagsmith-isomorphic/node does not work on Cloudflare Workers, Vercel Edge and other isolates. " +
    'Import "flagsmith-isomorphic" or "@flagsmith-isomorphic/edge".';
  return new FlagsmithClientError("WRONG_RUNTIME", message);
}

export * from "@flagsmith-isomorphic/core/adapter";
export {
  signWebhookBody,
  storageKey,
  toStorageRecord,
  verifyWebhookSignature,
} from "@flagsmith-isomorphic/core/local";
