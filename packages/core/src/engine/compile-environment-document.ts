import { CompiledEnvironment } from "./compiled-environment.ts";
import type { EnvironmentDocument } from "./environment-document.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { rankOverrides } from "./identity-overrides.ts";
import {
  boolean,
  each,
  eachOptional,
  flagValue,
  number,
  object,
  optional,
  type Place,
  readInput,
  text,
} from "./reader.ts";
import type { Outcome } from "./result.ts";
import { compileRules } from "./segment.ts";
import { createTableBuilder, type TableBuilder } from "./table-builder.ts";

/** Checks and compiles an environment document in one pass; a wrong shape is refused whole. */
export function compileEnvironmentDocument(
  document: EnvironmentDocument,
): Outcome<CompiledEnvironment> {
  return readInput(document, (input) => {
    const key = text(input, "api_key");
    const tables = createTableBuilder({ key, name: optional(text, input, "name") ?? "" });
    each(input, "feature_states", (state) => tables.addFeature(readState(state)));
    each(object(input, "project"), "segments", (segment) => readSegment(segment, tables, key));
    eachOptional(input, "identity_overrides", (record) => readIdentityOverride(record, tables));
    const ranked = rankOverrides(document.identity_overrides ?? []);
    if (ranked !== undefined) {
      tables.forgetIdentityOverrides();
      const json = { identity_overrides: ranked };
      each({ ...input, json }, "identity_overrides", (record) =>
        readIdentityOverride(record, tables),
      );
    }
    return new CompiledEnvironment(tables.build());
  });
}

function readSegment(segment: Place, tables: TableBuilder, environmentKey: string): void {
  const id = number(segment, "id");
  const name = text(segment, "name");
  const flags: string[] = [];
  const matches = compileRules(segment, {
    segmentKey: String(id),
    environmentKey,
    propertyMember: "property_",
    flags,
  });
  const entry = { name, id, metadata: { id, source: "api" } };
  tables.addSegment({ entry, matches, flags }, segment);
  eachOptional(segment, "feature_states", (state) => {
    tables.addOverride(readState(state), readPriority(state));
  });
}

function readIdentityOverride(record: Place, tables: TableBuilder): void {
  const identifier = text(record, "identifier");
  eachOptional(record, "identity_features", (state) => {
    tables.addIdentityOverride(identifier, readState(state));
  });
}

function readState(state: Place): StateInput {
  const feature = object(state, "feature");
  const variants: VariantInput[] = [];
  const input = {
    name: text(feature, "name"),
    metadata: { id: number(feature, "id") },
    key: String(
      optional(number, state, "django_id") || (optional(text, state, "featurestate_uuid") ?? ""),
    ),
    enabled: boolean(state, "enabled"),
    value: flagValue(state, "feature_state_value"),
    variants,
  };
  eachOptional(state, "multivariate_feature_state_values", (variant) => {
    variants.push(readVariant(variant));
  });
  return input;
}

function readVariant(variant: Place): VariantInput {
  const weight = number(variant, "percentage_allocation");
  const priority =
    optional(number, variant, "id") || uuidNumber(optional(text, variant, "mv_fs_value_uuid"));
  const option = object(variant, "multivariate_feature_option");
  return {
    weight,
    priority,
    value: flagValue(option, "value"),
    key: optional(text, option, "key"),
  };
}

/** A UUID is a number of 128 bits; without one a variant comes last. */
export function uuidNumber(uuid: string | null | undefined): number | bigint {
  const digits = uuid?.replaceAll("-", "") ?? "";
  return /^[0-9a-f]{32}$/i.test(digits) ? BigInt(`0x${digits}`) : Infinity;
}

function readPriority(state: Place): number {
  const segment = optional(object, state, "feature_segment");
  return (segment && optional(number, segment, "priority")) ?? Infinity;
}
