import { buildTables, type OverrideInput, type SegmentInput } from "./build-tables.ts";
import { type CompiledEnvironment, createEnvironment } from "./compiled-environment.ts";
import type { EnvironmentDocument } from "./environment-document.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { type IdentityRecord, rankRecords } from "./identity-overrides.ts";
import { lastPriority } from "./order.ts";
import {
  boolean,
  each,
  eachOptional,
  flagValue,
  type Json,
  number,
  object,
  optional,
  readInput,
  text,
} from "./reader.ts";
import type { EvaluatedSegment, Outcome } from "./result.ts";
import { compileRules } from "./segment.ts";

/** Checks and compiles an environment document in one pass; a wrong shape is refused whole. */
export function compileEnvironmentDocument(
  document: EnvironmentDocument,
): Outcome<CompiledEnvironment> {
  return readInput(document, (input) => {
    const key = text(input, "api_key");
    return createEnvironment(
      buildTables({
        environment: { key, name: optional(text, input, "name") ?? "" },
        features: each(input, "feature_states", readState),
        segments: object(input, "project", (project) =>
          each(project, "segments", (segment) => readSegment(segment, key)),
        ),
        identities: rankRecords(eachOptional(input, "identity_overrides", readIdentity)),
      }),
    );
  });
}

function readSegment(segment: Json, environmentKey: string): SegmentInput {
  const entry = readEntry(segment);
  const key = String(entry.id);
  return {
    entry,
    rules: compileRules(segment, { key, environmentKey, propertyMember: "property_" }),
    overrides: eachOptional(segment, "feature_states", readOverride),
  };
}

/** Reads what a segment says of itself. */
export function readEntry(segment: Json): EvaluatedSegment {
  const id = number(segment, "id");
  return { name: text(segment, "name"), id, metadata: { id, source: "api" } };
}

/** Reads the overrides of one identity. */
export function readIdentity(record: Json): IdentityRecord<StateInput> {
  return {
    identifier: text(record, "identifier"),
    states: eachOptional(record, "identity_features", readState),
  };
}

/** Reads a feature's state, wherever in the document it stands. */
export function readState(state: Json): StateInput {
  const { name, featureId } = object(state, "feature", readFeature);
  return {
    name,
    featureId,
    metadata: { id: featureId },
    key: String(
      optional(number, state, "django_id") || (optional(text, state, "featurestate_uuid") ?? ""),
    ),
    enabled: boolean(state, "enabled"),
    value: flagValue(state, "feature_state_value"),
    variants: eachOptional(state, "multivariate_feature_state_values", readVariant),
  };
}

function readFeature(feature: Json): { readonly name: string; readonly featureId: number } {
  return { name: text(feature, "name"), featureId: number(feature, "id") };
}

function readVariant(variant: Json): VariantInput {
  const { value, key } = object(variant, "multivariate_feature_option", readOption);
  return {
    weight: number(variant, "percentage_allocation"),
    priority:
      optional(number, variant, "id") || uuidNumber(optional(text, variant, "mv_fs_value_uuid")),
    value,
    key,
  };
}

function readOption(option: Json): Pick<VariantInput, "value" | "key"> {
  return { value: flagValue(option, "value"), key: optional(text, option, "key") };
}

/** A UUID is a number of 128 bits; without one a variant comes last. */
function uuidNumber(uuid: string | null | undefined): number | bigint {
  const digits = uuid?.replaceAll("-", "") ?? "";
  return /^[0-9a-f]{32}$/i.test(digits) ? BigInt(`0x${digits}`) : lastPriority;
}

/** Reads what a segment makes of a feature. */
export function readOverride(state: Json): OverrideInput {
  return {
    state: readState(state),
    priority: optional(readPriority, state, "feature_segment") ?? lastPriority,
  };
}

function readPriority(state: Json, member: string): number | null {
  return object(state, member, (segment) => optional(number, segment, "priority"));
}
