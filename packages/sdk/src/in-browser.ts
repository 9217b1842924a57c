// The common exports for bundlers that set the condition `browser` or `react-native`. Some for isolates, and some test
// runners, set them too, so only the constructor refuses a browser or an app.
import {
  Flagsmith as EdgeFlagsmith,
  FlagsmithClientError,
  type FlagsmithOptions,
} from "@flagsmith-isomorphic/edge";
import { isBrowserOrApp } from "./is-browser-or-app.ts";

/** The client for isolates. */
export class Flagsmith extends EdgeFlagsmith {
  /** @throws {@link FlagsmithClientError} `WRONG_RUNTIME` in a browser or an app. `INVALID_OPTIONS`. */
  constructor(options: FlagsmithOptions) {
    if (isBrowserOrApp(globalThis)) {
      const message =
        "flagsmith-isomorphic is for servers. Use an official client: in a browser @flagsmith/flagsmith, " +
        "in a React Native app @flagsmith/react-native.";
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
