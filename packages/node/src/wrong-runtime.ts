import { FlagsmithClientError } from "@flagsmith-isomorphic/core/adapter";

/** Whether this code runs in a Worker: a bundle for Node.js, such as that of OpenNext, can end up there. */
export const isWorker: boolean =
  (globalThis as { readonly navigator?: { readonly userAgent?: unknown } }).navigator?.userAgent ===
  "Cloudflare-Workers";

/** Creates the error of this package's constructors in isolates. */
export function createWrongRuntimeError(): FlagsmithClientError {
  const message =
    "@flagsmith-isomorphic/node is not for Workers and other isolates. " +
    'Import "flagsmith-isomorphic/edge" or "@flagsmith-isomorphic/edge".';
  return new FlagsmithClientError("WRONG_RUNTIME", message);
}
