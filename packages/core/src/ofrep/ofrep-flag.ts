import type { Flag } from "../flags/flag.ts";
import { describeVariant, findFlagReason } from "../integration/flag-resolution.ts";
import {
  type RequestedValue,
  toNumberValue,
  toObjectValue,
  toStringValue,
} from "../integration/flag-value.ts";
import type { FlagFacts } from "../integration/index.ts";
import type { OfrepType } from "./ofrep-options.ts";

type Metadata = Readonly<Record<string, string | number | boolean>>;

/** A flag as OFREP sends it. Without a value, the client uses the default of its call. */
interface OfrepFlag {
  readonly key: string;
  readonly value?: unknown;
  readonly reason: "DISABLED" | "SPLIT" | "STATIC" | "TARGETING_MATCH" | "UNKNOWN";
  readonly variant?: string;
  readonly metadata: Metadata;
}

/** Why a flag has no value. */
interface OfrepFailure {
  readonly key: string;
  readonly errorCode: "GENERAL" | "PARSE_ERROR";
  readonly errorDetails: string;
  readonly metadata: Metadata;
}

/** Converts a flag. `isPublic` leaves out what describes the targeting. */
export function toOfrepFlag(
  flag: Flag,
  {
    facts,
    type,
    isPublic,
  }: {
    readonly facts: FlagFacts;
    readonly type: OfrepType | undefined;
    readonly isPublic: boolean;
  },
): OfrepFlag | OfrepFailure {
  const { featureName: key, enabled, featureId, reason } = flag;
  const metadata = {
    enabled,
    ...(featureId !== undefined && { featureId }),
    ...(reason !== undefined && !isPublic && { flagsmithReason: reason }),
  };
  const isToggle = type === undefined ? !hasValue(flag) : type === "boolean";
  if (!isToggle && !enabled) return { key, reason: "DISABLED", metadata };
  const result = isToggle ? { value: enabled } : parseFlagValue(flag, type);
  if ("problem" in result) {
    // OFREP has no code for a value of another type.
    const errorCode = result.code === "PARSE_ERROR" ? result.code : "GENERAL";
    const errorDetails = `Feature ${JSON.stringify(key)}: the value ${result.problem}.`;
    return { key, errorCode, errorDetails, metadata };
  }
  const { value } = result;
  const found = findFlagReason(flag, facts);
  return {
    key,
    value,
    // OFREP has no DEFAULT. STATIC would promise that the flag is the same for everyone.
    reason: found === "DEFAULT" ? "UNKNOWN" : found,
    ...describeVariant(flag, value),
    metadata,
  };
}

function hasValue({ value }: Flag): boolean {
  return value !== undefined && value !== null && value !== "";
}

function parseFlagValue({ value }: Flag, type: OfrepType | undefined): RequestedValue<unknown> {
  switch (type) {
    case "string":
      return toStringValue(value);
    case "number":
      return toNumberValue(value);
    case "object": {
      const result = toObjectValue(value);
      const isArray = "value" in result && Array.isArray(result.value);
      return isArray ? { code: "TYPE_MISMATCH", problem: "is an array" } : result;
    }
    default: {
      const result = toObjectValue(value);
      return "value" in result && !Array.isArray(result.value) ? result : { value };
    }
  }
}
