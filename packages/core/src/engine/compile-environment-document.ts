import { CompiledEnvironment } from "./compiled-environment.ts";
import type { DocumentIdentityOverride, EnvironmentDocument } from "./environment-document.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { rankOverrides } from "./identity-overrides.ts";
import { type Json, type Reader, readInput } from "./reader.ts";
import type { Outcome } from "./result.ts";
import { compileRules } from "./segment.ts";
import { TableBuilder } from "./table-builder.ts";

/** Checks and compiles an environment document in one pass; a wrong shape is refused whole. */
export function compileEnvironmentDocument(
  document: EnvironmentDocument,
): Outcome<CompiledEnvironment> {
  return readInput(document, (input, reader) => {
    const key = reader.text(input, "api_key");
    const tables = new TableBuilder({ key, name: reader.optionalText(input, "name") ?? "" });
    reader.each(input, "feature_states", (state) => {
      tables.addFeature(readState(reader, state));
    });
    reader.inside(input, "project", (project) => {
      reader.each(project, "segments", (segment) => {
        readSegment(reader, segment, tables, key);
      });
    });
    reader.eachOptional(input, "identity_overrides", (record) => {
      readIdentityOverride(reader, record, tables);
    });
    const ranked = rankOverrides(document.identity_overrides ?? []);
    if (ranked !== undefined) {
      tables.forgetIdentityOverrides();
      for (const record of ranked) readIdentityOverride(reader, record, tables);
    }
    return new CompiledEnvironment(tables.build(reader));
  });
}

function readSegment(
  reader: Reader,
  segment: Json,
  tables: TableBuilder,
  environmentKey: string,
): void {
  const id = reader.number(segment, "id");
  const name = reader.text(segment, "name");
  const flags: string[] = [];
  const matches = compileRules(reader, segment, {
    segmentKey: String(id),
    environmentKey,
    propertyMember: "property_",
    onFlag: (flag) => flags.push(flag),
  });
  tables.addSegment({
    entry: { name, id, metadata: { id, source: "api" } },
    path: reader.pathOf(),
    matches,
    flags,
  });
  reader.eachOptional(segment, "feature_states", (state) => {
    tables.addOverride(readState(reader, state), readPriority(reader, state));
  });
}

function readIdentityOverride(
  reader: Reader,
  record: Json | DocumentIdentityOverride,
  tables: TableBuilder,
): void {
  const members = record as Json;
  const identifier = reader.text(members, "identifier");
  reader.eachOptional(members, "identity_features", (state) => {
    tables.addIdentityOverride(identifier, readState(reader, state));
  });
}

function readState(reader: Reader, state: Json): StateInput {
  let name = "";
  let id = 0;
  reader.inside(state, "feature", (feature) => {
    name = reader.text(feature, "name");
    id = reader.number(feature, "id");
  });
  return {
    name,
    key: String(
      reader.optionalNumber(state, "django_id") ||
        (reader.optionalText(state, "featurestate_uuid") ?? ""),
    ),
    enabled: reader.boolean(state, "enabled"),
    value: reader.flagValue(state, "feature_state_value"),
    metadata: { id },
    variants: readVariants(reader, state),
  };
}

function readVariants(reader: Reader, state: Json): VariantInput[] {
  const variants: VariantInput[] = [];
  reader.eachOptional(state, "multivariate_feature_state_values", (variant) => {
    const weight = reader.number(variant, "percentage_allocation");
    const priority =
      reader.optionalNumber(variant, "id") ||
      uuidNumber(reader.optionalText(variant, "mv_fs_value_uuid"));
    reader.inside(variant, "multivariate_feature_option", (option) => {
      const value = reader.flagValue(option, "value");
      variants.push({ value, weight, priority, key: reader.optionalText(option, "key") });
    });
  });
  return variants;
}

/** A UUID is a number of 128 bits; without one a variant comes last. */
export function uuidNumber(uuid: string | null | undefined): number | bigint {
  const digits = uuid?.replaceAll("-", "") ?? "";
  return /^[0-9a-f]{32}$/i.test(digits) ? BigInt(`0x${digits}`) : Infinity;
}

function readPriority(reader: Reader, state: Json): number {
  let priority: number | null = null;
  if ((state["feature_segment"] ?? null) !== null) {
    reader.inside(state, "feature_segment", (segment) => {
      priority = reader.optionalNumber(segment, "priority");
    });
  }
  return priority ?? Infinity;
}
