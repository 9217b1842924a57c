import { CompiledEnvironment } from "./compiled-environment.ts";
import type { EvaluationContext } from "./context.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { overriddenIdentifiers } from "./identity-overrides.ts";
import {
  boolean,
  eachEntry,
  eachOptional,
  flagValue,
  type Json,
  number,
  object,
  optional,
  type Place,
  readInput,
  refuseMember,
  report,
  text,
} from "./reader.ts";
import type { Outcome } from "./result.ts";
import { compileRules } from "./segment.ts";
import { createTableBuilder, type TableBuilder } from "./table-builder.ts";

/** Compiles the environment of an evaluation context; its identity is not looked at. */
export function compile(context: EvaluationContext): Outcome<CompiledEnvironment> {
  return readInput(context, (input) => {
    const environment = object(input, "environment");
    const key = text(environment, "key");
    const name = optional(text, environment, "name") ?? "";
    const tables = createTableBuilder({ key, name });
    eachEntry(input, "features", (feature) => {
      if (feature.json["name"] !== feature.member) {
        report(feature, "differs from the feature's key", "name");
      }
      tables.addFeature(readFeature(feature));
    });
    eachEntry(input, "segments", (segment) => {
      const identifiers = overriddenIdentifiers(segment.json);
      if (identifiers === undefined) readSegment(segment, tables, key);
      else readIdentityOverrides(segment, tables, identifiers);
    });
    return new CompiledEnvironment(tables.build());
  });
}

function readSegment(segment: Place, tables: TableBuilder, environmentKey: string): void {
  const flags: string[] = [];
  const matches = compileRules(segment, {
    segmentKey: text(segment, "key"),
    environmentKey,
    propertyMember: "property",
    flags,
  });
  const metadata = readMetadata(segment);
  const id = metadata?.["id"];
  const name = text(segment, "name");
  const entry = { name, id: typeof id === "number" ? id : undefined, metadata };
  tables.addSegment({ entry, matches, flags }, segment);
  eachOptional(segment, "overrides", (override) => {
    const priority = optional(number, override, "priority") ?? Infinity;
    tables.addOverride(readFeature(override), priority);
  });
}

function readIdentityOverrides(
  segment: Place,
  tables: TableBuilder,
  identifiers: readonly string[],
): void {
  eachOptional(segment, "overrides", (override) => {
    const state = readFeature(override);
    for (const identifier of identifiers) tables.addIdentityOverride(identifier, state);
  });
}

function readFeature(feature: Place): StateInput {
  const variants: VariantInput[] = [];
  eachOptional(feature, "variants", (variant) => variants.push(readVariant(variant)));
  return {
    variants,
    name: text(feature, "name"),
    key: text(feature, "key"),
    enabled: boolean(feature, "enabled"),
    value: flagValue(feature, "value"),
    metadata: readMetadata(feature),
  };
}

function readVariant(variant: Place): VariantInput {
  return {
    value: flagValue(variant, "value"),
    weight: number(variant, "weight"),
    priority: readPriority(variant),
    key: optional(text, variant, "key"),
  };
}

function readPriority(variant: Place): number | bigint {
  const priority = variant.json["priority"];
  if (typeof priority !== "string") return optional(number, variant, "priority") ?? Infinity;
  return /^[0-9]+$/.test(priority) ? BigInt(priority) : refuseMember(variant, "priority");
}

/** An object that says something, or `undefined`: engines leave an empty one out of results. */
function readMetadata(place: Place): Json | undefined {
  const metadata = optional(object, place, "metadata")?.json ?? {};
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}
