import { findErrorType } from "@flagsmith-isomorphic/core/integration";
import { ErrorCode, instantiateErrorByErrorCode } from "@openfeature/server-sdk";

/** Returns OpenFeature's code of an error that a call has thrown. */
export function findErrorCode(error: unknown): ErrorCode {
  return ErrorCode[findErrorType(error)];
}

/** Creates the error that `initialize()` rejects with. */
export function createProviderError(code: ErrorCode, thrown: unknown): Error {
  return instantiateErrorByErrorCode(code, describeError(thrown));
}

export function describeError(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
