import { buildTables, type SegmentInput } from "./build-tables.ts";
import type { EvaluationContext } from "./context.ts";
import { CompiledEnvironment } from "./evaluation.ts";
import { readStatePart, type StateInput, type VariantInput } from "./feature-state.ts";
import {
  describeIdentityOverride,
  type IdentityInput,
  readOverriddenIdentifiers,
} from "./identity-overrides.ts";
import { lastPriority } from "./order.ts";
import {
  isJsonObject,
  type JsonObject,
  readBoolean,
  readEachEntry,
  readEachOptional,
  readFlagValue,
  readInput,
  readNumber,
  readObject,
  readOptional,
  readPart,
  readParts,
  readText,
  report,
} from "./reader.ts";
import { quote, refuse } from "./refusal.ts";
import type { Problem, ReadResult } from "./result.ts";
import { compileRules, readOverrides, reportMalformedSegment } from "./segment.ts";

/**
 * Compiles the environment of an evaluation context. The identity is ignored.
 *
 * @param onProblem - called during evaluations, once for each segment that is too expensive. Must not throw.
 *
 * @example
 * const { value } = compile(context);
 * value?.evaluate({ key: "env_user-42", identifier: "user-42" }).flag("max_items")?.value;
 */
export function compile(
  context: EvaluationContext,
  onProblem?: (problem: Problem) => void,
): ReadResult<CompiledEnvironment> {
  return readInput(context, (input) => {
    const environment = readObject(input, "environment", readEnvironment);
    const features: StateInput[] = [];
    const segments: SegmentInput[] = [];
    const identities: IdentityInput[] = [];
    readEachEntry(input, "features", (part, key) => {
      const feature = readStatePart(part, readContextFeature, (name) => [
        `Feature ${name}`,
        "It counts as unknown.",
      ]);
      if (!feature) return;
      if (feature.name !== key) {
        report(`Feature ${quote(feature.name)} has the key ${quote(key)}, which is ignored.`);
      }
      features.push(feature);
    });
    readEachEntry(input, "segments", (part) => {
      const readOne = (segment: JsonObject) => {
        const identifiers = readOverriddenIdentifiers(segment);
        if (!identifiers) {
          segments.push(readContextSegment(segment, environment.key));
          return;
        }
        const states = readParts(segment, "overrides", (state) =>
          readStatePart(state, readContextFeature, describeIdentityOverride),
        );
        for (const identifier of identifiers) identities.push({ identifier, states });
      };
      readPart(part, readOne, (path) => reportMalformedSegment(part, path));
    });
    const tables = buildTables({ environment, features, segments, identities });
    return new CompiledEnvironment(tables, onProblem);
  });
}

function readEnvironment(environment: JsonObject): EvaluationContext["environment"] {
  return {
    key: readText(environment, "key"),
    name: readOptional(readText, environment, "name") ?? "",
  };
}

function readContextSegment(segment: JsonObject, environmentKey: string): SegmentInput {
  const key = readText(segment, "key");
  const metadata = readMetadata(segment);
  const entry = { name: readText(segment, "name"), id: readMetadataId(metadata), metadata };
  const scope = { entry, key, environmentKey, propertyMember: "property" };
  return {
    segment: compileRules(segment, scope),
    overrides: readOverrides(segment, "overrides", { entry, read: readContextOverride }),
  };
}

function readContextOverride(override: JsonObject): StateInput {
  const priority = readOptional(readNumber, override, "priority") ?? lastPriority;
  return { ...readContextFeature(override), priority };
}

function readContextFeature(feature: JsonObject): StateInput {
  const metadata = readMetadata(feature);
  const featureId = readMetadataId(metadata);
  const hasMore = featureId === undefined || Object.keys({ ...metadata }).length > 1;
  return {
    variants: readEachOptional(feature, "variants", readContextVariant),
    name: readText(feature, "name"),
    key: readText(feature, "key"),
    enabled: readBoolean(feature, "enabled"),
    value: readFlagValue(feature, "value"),
    metadata: hasMore ? metadata : undefined,
    featureId,
    priority: lastPriority,
    isMalformed: false,
  };
}

function readContextVariant(variant: JsonObject): VariantInput {
  return {
    value: readFlagValue(variant, "value"),
    weight: readNumber(variant, "weight"),
    priority: readVariantPriority(variant),
    key: readOptional(readText, variant, "key"),
  };
}

function readVariantPriority(variant: JsonObject): number | bigint {
  const priority = variant["priority"];
  if (typeof priority !== "string") {
    return readOptional(readNumber, variant, "priority") ?? lastPriority;
  }
  return /^[0-9]+$/.test(priority) ? BigInt(priority) : refuse("priority");
}

/** Reads metadata. Returns `undefined` if it is empty, because engines omit empty metadata in results. */
function readMetadata(owner: JsonObject): JsonObject | undefined {
  const metadata = owner["metadata"] ?? {};
  if (!isJsonObject(metadata)) refuse("metadata");
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}

/** Returns Flagsmith's id of a feature or a segment. */
function readMetadataId(metadata: JsonObject | undefined): number | undefined {
  const id = metadata?.["id"];
  return typeof id === "number" ? id : undefined;
}
