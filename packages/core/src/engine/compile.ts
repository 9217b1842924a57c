import { buildTables, type OverrideInput, type SegmentInput } from "./build-tables.ts";
import { type CompiledEnvironment, createEnvironment } from "./compiled-environment.ts";
import type { EvaluationContext } from "./context.ts";
import type { StateInput, VariantInput } from "./feature-state.ts";
import { type IdentityRecord, overriddenIdentifiers } from "./identity-overrides.ts";
import { lastPriority } from "./order.ts";
import {
  boolean,
  eachEntry,
  eachOptional,
  flagValue,
  type Json,
  number,
  object,
  optional,
  pathOf,
  readInput,
  refuseMember,
  report,
  text,
} from "./reader.ts";
import type { Outcome } from "./result.ts";
import { compileRules } from "./segment.ts";

/** Compiles the environment of an evaluation context; its identity is not looked at. */
export function compile(context: EvaluationContext): Outcome<CompiledEnvironment> {
  return readInput(context, (input) => {
    const environment = object(input, "environment", readEnvironment);
    const features: StateInput[] = [];
    const segments: SegmentInput[] = [];
    const identities: IdentityRecord<StateInput>[] = [];
    eachEntry(input, "features", (feature, key) => {
      if (feature["name"] !== key) report(pathOf("name"), "differs from the feature's key");
      features.push(readFeature(feature));
    });
    eachEntry(input, "segments", (segment) => {
      const identifiers = overriddenIdentifiers(segment);
      if (identifiers === undefined) {
        segments.push(readSegment(segment, environment.key));
      } else {
        const states = eachOptional(segment, "overrides", readFeature);
        for (const identifier of identifiers) identities.push({ identifier, states });
      }
    });
    return createEnvironment(buildTables({ environment, features, segments, identities }));
  });
}

function readEnvironment(environment: Json): EvaluationContext["environment"] {
  return { key: text(environment, "key"), name: optional(text, environment, "name") ?? "" };
}

function readSegment(segment: Json, environmentKey: string): SegmentInput {
  const key = text(segment, "key");
  const rules = compileRules(segment, { key, environmentKey, propertyMember: "property" });
  const metadata = readMetadata(segment);
  const name = text(segment, "name");
  return {
    rules,
    entry: { name, id: idOf(metadata), metadata },
    overrides: eachOptional(segment, "overrides", readOverride),
  };
}

function readOverride(override: Json): OverrideInput {
  const priority = optional(number, override, "priority") ?? lastPriority;
  return { state: readFeature(override), priority };
}

function readFeature(feature: Json): StateInput {
  const input = {
    variants: eachOptional(feature, "variants", readVariant),
    name: text(feature, "name"),
    key: text(feature, "key"),
    enabled: boolean(feature, "enabled"),
    value: flagValue(feature, "value"),
  };
  const metadata = readMetadata(feature);
  return { ...input, metadata, featureId: idOf(metadata) };
}

function readVariant(variant: Json): VariantInput {
  return {
    value: flagValue(variant, "value"),
    weight: number(variant, "weight"),
    priority: readPriority(variant),
    key: optional(text, variant, "key"),
  };
}

function readPriority(variant: Json): number | bigint {
  const priority = variant["priority"];
  if (typeof priority !== "string") return optional(number, variant, "priority") ?? lastPriority;
  return /^[0-9]+$/.test(priority) ? BigInt(priority) : refuseMember("priority");
}

/** An object that says something, or `undefined`: engines leave an empty one out of results. */
function readMetadata(owner: Json): Json | undefined {
  const metadata = optional(readObject, owner, "metadata") ?? {};
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}

/** Flagsmith's id of a feature or a segment. */
function idOf(metadata: Json | undefined): number | undefined {
  const id = metadata?.["id"];
  return typeof id === "number" ? id : undefined;
}

function readObject(owner: Json, member: string): Json {
  return object(owner, member, (json) => json);
}
