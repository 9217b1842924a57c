import { CompiledEnvironment } from "./compiled-environment.ts";
import type { EvaluationContext } from "./context.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { overriddenIdentifiers } from "./identity-overrides.ts";
import { type Json, type Reader, readInput } from "./reader.ts";
import type { Outcome } from "./result.ts";
import { compileRules } from "./segment.ts";
import { TableBuilder } from "./table-builder.ts";

/** Compiles the environment of an evaluation context; its identity is not looked at. */
export function compile(context: EvaluationContext): Outcome<CompiledEnvironment> {
  return readInput(context, (input, reader) => {
    let builder: TableBuilder | undefined;
    let environmentKey = "";
    reader.inside(input, "environment", (environment) => {
      environmentKey = reader.text(environment, "key");
      const name = reader.optionalText(environment, "name") ?? "";
      builder = new TableBuilder({ key: environmentKey, name });
    });
    const tables = builder ?? reader.refuse("environment");
    reader.eachEntry(input, "features", (feature, key) => {
      if (feature["name"] !== key) reader.report("name", "differs from the feature's key");
      tables.addFeature(readFeature(reader, feature));
    });
    reader.eachEntry(input, "segments", (segment) => {
      const identifiers = overriddenIdentifiers(segment);
      if (identifiers === undefined) readSegment(reader, segment, tables, environmentKey);
      else readIdentityOverrides(reader, segment, tables, identifiers);
    });
    return new CompiledEnvironment(tables.build(reader));
  });
}

function readSegment(
  reader: Reader,
  segment: Json,
  tables: TableBuilder,
  environmentKey: string,
): void {
  const flags: string[] = [];
  const matches = compileRules(reader, segment, {
    segmentKey: reader.text(segment, "key"),
    environmentKey,
    propertyMember: "property",
    onFlag: (flag) => flags.push(flag),
  });
  const metadata = reader.metadata(segment);
  const id = metadata?.["id"];
  const name = reader.text(segment, "name");
  tables.addSegment({
    entry: { name, id: typeof id === "number" ? id : undefined, metadata },
    path: reader.pathOf(),
    matches,
    flags,
  });
  reader.eachOptional(segment, "overrides", (override) => {
    const priority = reader.optionalNumber(override, "priority") ?? Infinity;
    tables.addOverride(readFeature(reader, override), priority);
  });
}

function readIdentityOverrides(
  reader: Reader,
  segment: Json,
  tables: TableBuilder,
  identifiers: readonly string[],
): void {
  reader.eachOptional(segment, "overrides", (override) => {
    const state = readFeature(reader, override);
    for (const identifier of identifiers) tables.addIdentityOverride(identifier, state);
  });
}

function readFeature(reader: Reader, feature: Json): StateInput {
  const variants: VariantInput[] = [];
  reader.eachOptional(feature, "variants", (variant) => {
    variants.push({
      value: reader.flagValue(variant, "value"),
      weight: reader.number(variant, "weight"),
      priority: readPriority(reader, variant),
      key: reader.optionalText(variant, "key"),
    });
  });
  return {
    name: reader.text(feature, "name"),
    key: reader.text(feature, "key"),
    enabled: reader.boolean(feature, "enabled"),
    value: reader.flagValue(feature, "value"),
    metadata: reader.metadata(feature),
    variants,
  };
}

function readPriority(reader: Reader, variant: Json): number | bigint {
  const priority = variant["priority"];
  if (typeof priority !== "string") return reader.optionalNumber(variant, "priority") ?? Infinity;
  return /^[0-9]+$/.test(priority) ? BigInt(priority) : reader.refuse("priority");
}
