import { buildTables, type EnvironmentInput, type SegmentInput } from "./build-tables.ts";
import type { EnvironmentDocument } from "./environment-document.ts";
import { CompiledEnvironment } from "./evaluation.ts";
import { readStatePart, type StateInput, type VariantInput } from "./feature-state.ts";
import type { IdentityIndex } from "./identity-index.ts";
import {
  describeIdentityOverride,
  type IdentityInput,
  rankIdentities,
} from "./identity-overrides.ts";
import { lastPriority } from "./order.ts";
import {
  type JsonObject,
  readBoolean,
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
  requireList,
} from "./reader.ts";
import type { Problem, ReadResult } from "./result.ts";
import { compileRules, readOverrides, reportMalformedSegment } from "./segment.ts";
import type { CompiledSegment, Tables } from "./tables.ts";

/**
 * Checks and compiles an environment document.
 *
 * A malformed part costs only this part: a feature becomes unknown, and a segment never matches. Each is reported as a
 * problem. The document is refused only if it has no list of features or no key.
 *
 * @param onProblem - called once for each segment that is too expensive to evaluate. Must not throw.
 * @param identityOverrides - replace those of the document, if they are compiled already.
 * @param earlier - an earlier version. A segment that it has at the same place, with the same name and rules, is used
 * again, and its problems are not repeated.
 *
 * @example
 * const { value, refused } = compileEnvironmentDocument(document);
 * const flags = value?.evaluate().flags();
 */
export function compileEnvironmentDocument(
  document: EnvironmentDocument,
  onProblem?: (problem: Problem) => void,
  identityOverrides?: IdentityIndex,
  earlier?: CompiledEnvironment,
): ReadResult<CompiledEnvironment> {
  return readInput(document, (input) => {
    const tables = buildTables(
      readDocument(input, identityOverrides, earlier?.tables),
      identityOverrides,
    );
    return new CompiledEnvironment(tables, onProblem);
  });
}

/**
 * Reads an environment document. It is refused if it cannot be one: without a list of features, or without the key of
 * the environment. Other malformed parts are reported.
 */
export function readDocument(
  document: JsonObject,
  known?: IdentityIndex,
  earlier?: Tables,
): EnvironmentInput {
  const key = readText(document, "api_key");
  requireList(document["feature_states"], "feature_states");
  // The predicates of rules contain the key.
  const segments = earlier?.environment.key === key ? earlier.segments : [];
  return {
    environment: {
      key,
      name: tolerate("", document, (json) => readOptional(readText, json, "name") ?? ""),
    },
    features: readParts(document, "feature_states", (state) =>
      readStatePart(state, readState, (name) => [`Feature ${name}`, "It counts as unknown."]),
    ),
    segments: tolerate([], document, (json) =>
      readObject(json, "project", (project) =>
        readParts(project, "segments", (part, index) => readSegment(part, key, segments[index])),
      ),
    ),
    identities: known
      ? []
      : rankIdentities(
          tolerate([], document, (json) =>
            readParts(json, "identity_overrides", readIdentityOverrides),
          ),
        ),
  };
}

/** Reads a part that the document can do without. */
function tolerate<T>(replacement: T, document: JsonObject, read: (document: JsonObject) => T): T {
  return readPart(document, read, (path) => {
    report(`The environment document has a malformed "${path}", which is ignored.`);
    return replacement;
  });
}

function readSegment(
  part: unknown,
  environmentKey: string,
  earlier: CompiledSegment | undefined,
): SegmentInput | undefined {
  const read = (segment: JsonObject): SegmentInput => {
    const id = readNumber(segment, "id");
    const entry = { name: readText(segment, "name"), id, metadata: { id, source: "api" } };
    const scope = { entry, key: String(id), environmentKey, propertyMember: "property_" };
    return {
      segment: compileRules(segment, scope, earlier),
      rules: segment["rules"],
      overrides: readOverrides(segment, "feature_states", { entry, read: readOverride }),
    };
  };
  return readPart(part, read, (path) => reportMalformedSegment(part, path));
}

/** Reads an entry of `identity_overrides`. Returns `undefined` for a malformed one. */
export function readIdentityOverrides(part: unknown): IdentityInput | undefined {
  const read = (record: JsonObject): IdentityInput => ({
    identifier: readText(record, "identifier"),
    states: readParts(record, "identity_features", (state) =>
      readStatePart(state, readState, describeIdentityOverride),
    ),
  });
  return readPart(part, read, (path) => {
    const problem = path === "" ? "are not an object" : `have a malformed "${path}"`;
    report(`The overrides of an identity ${problem} and are ignored.`);
    return undefined;
  });
}

/** Reads the state of a feature in the environment or for an identity. */
function readState(state: JsonObject): StateInput {
  const { name, featureId } = readObject(state, "feature", readFeature);
  return {
    name,
    featureId,
    metadata: undefined,
    key: String(
      readOptional(readNumber, state, "django_id") ||
        (readOptional(readText, state, "featurestate_uuid") ?? ""),
    ),
    enabled: readBoolean(state, "enabled"),
    value: readFlagValue(state, "feature_state_value"),
    variants: readEachOptional(state, "multivariate_feature_state_values", readVariant),
    priority: lastPriority,
    isMalformed: false,
  };
}

/** Evaluation does not need the id. */
function readFeature(feature: JsonObject): Pick<StateInput, "name" | "featureId"> {
  const id = feature["id"];
  return { name: readText(feature, "name"), featureId: typeof id === "number" ? id : undefined };
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

/** Reads the state of a feature in a segment. */
function readOverride(state: JsonObject): StateInput {
  const readPriority = (segment: JsonObject) => readOptional(readNumber, segment, "priority");
  const priority = readOptional(
    (json, member) => readObject(json, member, readPriority),
    state,
    "feature_segment",
  );
  return { ...readState(state), priority: priority ?? lastPriority };
}
