import { isRefusal } from "../environment/status.ts";
import { FlagsmithClientError } from "../errors.ts";

/** The error codes of OpenFeature. In lower case, they are the error types of OpenTelemetry's convention. */
export type EvaluationErrorType =
  | "FLAG_NOT_FOUND"
  | "GENERAL"
  | "INVALID_CONTEXT"
  | "PARSE_ERROR"
  | "PROVIDER_FATAL"
  | "PROVIDER_NOT_READY";

/** Finds the type of an error that a call has thrown. */
export function findErrorType(error: unknown): EvaluationErrorType {
  if (!(error instanceof FlagsmithClientError)) return "GENERAL";
  switch (error.code) {
    case "INVALID_IDENTIFIER":
    case "INVALID_TRAIT":
      return "INVALID_CONTEXT";
    case "INVALID_RESPONSE":
      return "PARSE_ERROR";
    case "CLOSED":
    case "NO_ENVIRONMENT":
      return "PROVIDER_NOT_READY";
    case "INVALID_OPTIONS":
    case "WRONG_RUNTIME":
      return "PROVIDER_FATAL";
    default:
      return isRefusal(error) ? "PROVIDER_FATAL" : "GENERAL";
  }
}
