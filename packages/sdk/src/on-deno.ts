// The common exports on Deno. `common.ts` declares their types.
export {
  BaseOfflineHandler,
  DefaultFlag,
  defineFlags,
  Flagsmith,
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
} from "@flagsmith-isomorphic/deno";
