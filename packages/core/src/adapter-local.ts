/**
 * What adapters with local evaluation export besides: the document's way into stores, and webhooks.
 *
 * @module
 */
export {
  type StorageItem,
  type StorageRecordOptions,
  storageKey,
  toStorageRecord,
} from "./ports/storage.ts";
export { signWebhookBody, verifyWebhookSignature } from "./webhook/signature.ts";
