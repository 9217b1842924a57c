// The common exports on Cloudflare Workers, Vercel Edge and other isolates. `common.ts` declares their types.
export {
  DefaultFlag,
  Flagsmith,
  FlagsmithAPIError,
  FlagsmithClientError,
  signWebhookBody,
  storageKey,
  toStorageRecord,
  verifyWebhookSignature,
} from "@flagsmith-isomorphic/edge";
