// The common exports on Node.js and Bun. `common.ts` declares their types.
export {
  DefaultFlag,
  Flagsmith,
  FlagsmithAPIError,
  FlagsmithClientError,
  signWebhookBody,
  storageKey,
  toStorageRecord,
  verifyWebhookSignature,
} from "@flagsmith-isomorphic/node";
