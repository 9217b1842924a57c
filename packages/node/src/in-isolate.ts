/**
 * The exports of this package in isolates, where it cannot work: nothing refreshes the document between requests.
 *
 * @module
 */
import { wrongRuntime } from "./wrong-runtime.ts";

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

export * from "@flagsmith-isomorphic/core/adapter";
export {
  signWebhookBody,
  storageKey,
  toStorageRecord,
  verifyWebhookSignature,
} from "@flagsmith-isomorphic/core/local";
