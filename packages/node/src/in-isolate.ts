/**
 * The exports of this package in isolates, where it cannot work: nothing refreshes the document between requests.
 *
 * @module
 */
import { createWrongRuntimeError } from "./wrong-runtime.ts";

/** Not available in isolates. */
export class Flagsmith {
  /** @throws {@link FlagsmithClientError} `WRONG_RUNTIME` */
  constructor() {
    throw createWrongRuntimeError();
  }
}

/** Not available in isolates. */
export class LocalFileHandler {
  /** @throws {@link FlagsmithClientError} `WRONG_RUNTIME` */
  constructor() {
    throw createWrongRuntimeError();
  }
}

export * from "@flagsmith-isomorphic/core/adapter";
export {
  signWebhookBody,
  storageKey,
  toStorageRecord,
  verifyWebhookSignature,
} from "@flagsmith-isomorphic/core/local";
