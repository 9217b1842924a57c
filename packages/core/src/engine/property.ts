import { findFirstNode, type PathSegment, parsePath } from "./json-path.ts";
import type { JsonObject } from "./reader.ts";
import { quote, refuse } from "./refusal.ts";
import { getIdentityKey, type Subject } from "./subject.ts";
import { spend } from "./work.ts";

/** Reads the value that a condition tests. Returns `null` or `undefined` if there is none. */
type PropertyReader = (subject: Subject) => unknown;

/** A compiled property: the reader of a path, or the name of a trait. */
export type Property = PropertyReader | string;

/** In characters. Limits the steps of a path, which are followed by recursion. */
const maxPropertyLength = 1000;
/** The steps to read another flag. */
const flagSteps = 10;
const flagMembers = ["name", "enabled", "value", "reason", "variant"] as const;

/**
 * Compiles a property: the name of a trait, or a JSONPath into the context. A trait whose name is the path itself
 * takes precedence. Adds the names of the flags whose results the path reads to `flags`.
 */
export function compileProperty(property: string, flags: string[]): Property {
  if (!property.startsWith("$.")) return property;
  if (property.length > maxPropertyLength) refuse(`more than ${maxPropertyLength} characters`);
  try {
    const read = compilePath(parsePath(property), flags);
    return (subject) => subject.readTrait(property) ?? read(subject);
  } catch (error) {
    if (error instanceof SyntaxError) return property;
    throw error;
  }
}

function compilePath(path: readonly PathSegment[], flags: string[]): PropertyReader {
  const [root, member, name] = listLeadingNames(path);
  if (root === "segments") refuse("segments cannot be read");
  if (root === "flags") {
    // `null` for a whole flag, for a member that results do not have, and for a path that could lead to any flag.
    const read = flagMembers.find((known) => known === name);
    if (path.length > 3 || member === undefined || !read) return () => null;
    flags.push(member);
    return (subject) => {
      spend(subject, flagSteps);
      const flag = subject.readFlag(member);
      return flag === null
        ? refuse(`it reads feature ${quote(member)}, which is malformed`)
        : flag?.[read];
    };
  }
  // The frequent paths do not need the whole context.
  if (root === "environment") return walkFrom(({ tables }) => tables.environment, path.slice(1));
  if (root === "identity") {
    if (member === "identifier") return walkFrom(({ identifier }) => identifier, path.slice(2));
    if (member === "key") return walkFrom(getIdentityKey, path.slice(2));
    if (member === "traits" && name !== undefined) {
      return walkFrom((subject) => subject.readTrait(name), path.slice(3));
    }
  }
  return walkFrom(buildContext, path);
}

function walkFrom(read: PropertyReader, path: readonly PathSegment[]): PropertyReader {
  return path.length === 0 ? read : (subject) => findFirstNode(read(subject), path, subject);
}

/** Returns the names that a path starts with, up to the first step that selects anything else. */
function listLeadingNames(path: readonly PathSegment[]): readonly string[] {
  const names: string[] = [];
  for (const { isDescendant, selectors } of path) {
    const [only] = selectors;
    if (isDescendant || selectors.length > 1 || typeof only !== "string") break;
    names.push(only);
  }
  return names;
}

function buildContext(subject: Subject): unknown {
  const { tables, identifier } = subject;
  // With getters, because traits and features are expensive, and few paths read both.
  return {
    environment: tables.environment,
    get identity() {
      if (identifier === null) return null;
      // Without the long form of transient traits.
      const traits = Object.keys(subject.traits).map((name) => [name, subject.readTrait(name)]);
      return { identifier, key: getIdentityKey(subject), traits: Object.fromEntries(traits) };
    },
    get features() {
      const context = featureContexts.get(tables.features) ?? buildFeatureContext(tables.features);
      featureContexts.set(tables.features, context);
      return context;
    },
  };
}

/** The features as paths read them, by the features of an environment. Built once, because there can be thousands. */
const featureContexts = new WeakMap<Subject["tables"]["features"], JsonObject>();

function buildFeatureContext(features: Subject["tables"]["features"]): JsonObject {
  const entries = [...features.values()].flatMap(({ key, base: { flag, isMalformed } }) => {
    const { name, enabled, value } = flag;
    return isMalformed ? [] : [[name, { key, name, enabled, value }] as const];
  });
  return Object.fromEntries(entries);
}
