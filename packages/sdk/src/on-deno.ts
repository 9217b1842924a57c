// The common exports on Deno. `common.ts` declares their types.
export {
  DefaultFlag,
  Flagsmith,
  FlagsmithAPIError,
  FlagsmithClientError,
  signWebhookBody,
  storageKey,
  toStorageRecord,
  verifyWebhookSignature,
} from "@flagsmith-isomorphic/deno";
