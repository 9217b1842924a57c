import { FlagsmithAPIError, FlagsmithClientError } from "@flagsmith-isomorphic/core/adapter";
import { ErrorCode, instantiateErrorByErrorCode } from "@openfeature/server-sdk";

/** Returns OpenFeature's code of an error that a call has thrown. */
export function findErrorCode(error: unknown): ErrorCode {
  if (!(error instanceof FlagsmithClientError)) return ErrorCode.GENERAL;
  switch (error.code) {
    case "INVALID_IDENTIFIER":
    case "INVALID_TRAIT":
      return ErrorCode.INVALID_CONTEXT;
    case "INVALID_RESPONSE":
      return ErrorCode.PARSE_ERROR;
    case "CLOSED":
    case "NO_ENVIRONMENT":
      return ErrorCode.PROVIDER_NOT_READY;
    case "PERMISSION_DENIED":
    case "INVALID_OPTIONS":
    case "WRONG_RUNTIME":
      return ErrorCode.PROVIDER_FATAL;
    default:
      return isRefused(error) ? ErrorCode.PROVIDER_FATAL : ErrorCode.GENERAL;
  }
}

/** Creates the error that `initialize()` rejects with. */
export function createProviderError(code: ErrorCode, thrown: unknown): Error {
  return instantiateErrorByErrorCode(code, describeError(thrown));
}

export function describeError(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function isRefused(error: FlagsmithClientError): boolean {
  return error instanceof FlagsmithAPIError && [401, 403].includes(error.status ?? 0);
}
