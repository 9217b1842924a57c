// The common exports on Cloudflare Workers, Vercel Edge and other isolates. `common.ts` declares their types.
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
} from "@flagsmith-isomorphic/edge";
