// The common exports for bundlers that set the condition `browser`. Some for isolates, and test runners with a DOM, set it
// too, so only the constructor refuses a browser.
import {
  Flagsmith as EdgeFlagsmith,
  FlagsmithClientError,
  type FlagsmithOptions,
} from "@flagsmith-isomorphic/edge";
import { isBrowser } from "./is-browser.ts";

/** The client for isolates. */
export class Flagsmith extends EdgeFlagsmith {
  /** @throws {@link FlagsmithClientError} `WRONG_RUNTIME` in a browser. `INVALID_OPTIONS`. */
  constructor(options: FlagsmithOptions) {
    if (isBrowser(globalThis)) {
      const message =
        "flagsmith-isomorphic is for servers. In a browser, use the official client @flagsmith/flagsmith.";
      throw new FlagsmithClientError("WRONG_RUNTIME", message);
    }
    super(options);
  }
}

export {
  BaseOfflineHandler,
  DefaultFlag,
  defineFlags,
  FlagsmithAPIError,
  FlagsmithClientError,
  fromManifest,
  jsonFlag,
  memoryCache,
  numberFlag,
  signWebhookBody,
  storageKey,
  stringFlag,
  toggleFlag,
  toStorageRecord,
  verifyWebhookSignature,
} from "@flagsmith-isomorphic/edge";
