import {
  buildTables,
  type EnvironmentInput,
  type OverrideInput,
  type SegmentInput,
} from "./build-tables.ts";
import type { EnvironmentDocument } from "./environment-document.ts";
import { CompiledEnvironment } from "./evaluation.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { type IdentityInput, rankIdentities } from "./identity-overrides.ts";
import { lastPriority } from "./order.ts";
import {
  type JsonObject,
  readBoolean,
  readEach,
  readEachOptional,
  readFlagValue,
  readInput,
  readNumber,
  readObject,
  readOptional,
  readText,
} from "./reader.ts";
import type { Problem, ReadResult } from "./result.ts";
import { compileRules } from "./segment.ts";

/**
 * Checks and compiles an environment document. A document with a malformed member is refused as a whole.
 *
 * @param options.keepsRules - whether to keep the rules of segments, for `changedFeatures()`.
 * @param options.onProblem - called once for each segment that is too expensive to evaluate. Must not throw.
 */
export function compileEnvironmentDocument(
  document: EnvironmentDocument,
  options: {
    readonly keepsRules?: boolean;
    readonly onProblem?: (problem: Problem) => void;
  } = {},
): ReadResult<CompiledEnvironment> {
  return readInput(
    document,
    (input) =>
      new CompiledEnvironment(buildTables(readDocument(input, options)), options.onProblem),
  );
}

/** Reads an environment document. */
export function readDocument(
  document: JsonObject,
  { keepsRules = false }: { readonly keepsRules?: boolean } = {},
): EnvironmentInput {
  const key = readText(document, "api_key");
  return {
    environment: { key, name: readOptional(readText, document, "name") ?? "" },
    features: readEach(document, "feature_states", readState),
    segments: readObject(document, "project", (project) =>
      readEach(project, "segments", (segment) => ({
        ...readSegment(segment, key),
        ...(keepsRules && { rules: segment["rules"] }),
      })),
    ),
    identities: rankIdentities(
      readEachOptional(document, "identity_overrides", readIdentityOverrides),
    ),
  };
}

function readSegment(segment: JsonObject, environmentKey: string): SegmentInput {
  const id = readNumber(segment, "id");
  const entry = { name: readText(segment, "name"), id, metadata: { id, source: "api" } };
  const scope = { entry, key: String(id), environmentKey, propertyMember: "property_" };
  return {
    entry,
    ...compileRules(segment, scope),
    overrides: readEachOptional(segment, "feature_states", readOverride),
  };
}

function readIdentityOverrides(record: JsonObject): IdentityInput {
  return {
    identifier: readText(record, "identifier"),
    states: readEachOptional(record, "identity_features", readState),
  };
}

/** Reads the state of a feature in the environment, in a segment or for an identity. */
function readState(state: JsonObject): StateInput {
  const { name, featureId } = readObject(state, "feature", (feature) => ({
    name: readText(feature, "name"),
    featureId: readNumber(feature, "id"),
  }));
  return {
    name,
    featureId,
    metadata: { id: featureId },
    key: String(
      readOptional(readNumber, state, "django_id") ||
        (readOptional(readText, state, "featurestate_uuid") ?? ""),
    ),
    enabled: readBoolean(state, "enabled"),
    value: readFlagValue(state, "feature_state_value"),
    variants: readEachOptional(state, "multivariate_feature_state_values", readVariant),
  };
}

function readVariant(variant: JsonObject): VariantInput {
  return {
    weight: readNumber(variant, "percentage_allocation"),
    priority:
      readOptional(readNumber, variant, "id") ||
      parseUuid(readOptional(readText, variant, "mv_fs_value_uuid")),
    ...readObject(variant, "multivariate_feature_option", (option) => ({
      value: readFlagValue(option, "value"),
      key: readOptional(readText, option, "key"),
    })),
  };
}

/** Converts a UUID to a number of 128 bits. A variant without one comes last. */
function parseUuid(uuid: string | null): number | bigint {
  const digits = uuid?.replaceAll("-", "") ?? "";
  return /^[0-9a-f]{32}$/i.test(digits) ? BigInt(`0x${digits}`) : lastPriority;
}

function readOverride(state: JsonObject): OverrideInput {
  return {
    state: readState(state),
    priority:
      readOptional(
        (json, member) =>
          readObject(json, member, (segment) => readOptional(readNumber, segment, "priority")),
        state,
        "feature_segment",
      ) ?? lastPriority,
  };
}
