import { firstNode, type PathSegment, parsePath } from "./json-path.ts";
import { refuse } from "./refusal.ts";
import { identityKey, readTrait, type Subject } from "./subject.ts";

/** Reads the value a condition looks at; `null` or `undefined` where there is none. */
export type Property = (subject: Subject) => unknown;

/** In characters. Bounds the steps of a path, which are followed by recursion. */
const maxPropertyLength = 1000;
const flagMembers = ["name", "enabled", "value", "reason", "variant"] as const;

/** What is read without building a context. */
const contextMembers: Readonly<Record<string, Property>> = {
  "identity.identifier": ({ identifier }) => identifier,
  "identity.key": identityKey,
  "environment.key": ({ tables }) => tables.environment.key,
  "environment.name": ({ tables }) => tables.environment.name,
};

/**
 * Compiles a property: a trait's name, or a JSONPath on the context. A trait that is literally called like the
 * path wins. Flags whose results the path reads are added to `flags`.
 */
export function compileProperty(property: string, flags: string[]): Property {
  const readNamed: Property = (subject) => readTrait(subject, property);
  if (!property.startsWith("$.")) return readNamed;
  if (property.length > maxPropertyLength) refuse(`more than ${maxPropertyLength} characters`);
  try {
    const read = compilePath(parsePath(property), flags);
    return (subject) => readNamed(subject) ?? read(subject);
  } catch (error) {
    if (error instanceof SyntaxError) return readNamed;
    throw error;
  }
}

function compilePath(path: readonly PathSegment[], flags: string[]): Property {
  const [root, member, name] = singularNames(path);
  if (root === "segments") refuse("segments cannot be read");
  if (root === "flags") {
    // Whole flags and what is not part of a result are null, as are paths that could lead to any flag.
    const read = flagMembers.find((known) => known === name);
    if (path.length > 3 || member === undefined || read === undefined) return () => null;
    flags.push(member);
    return (subject) => subject.flag(member)?.[read];
  }
  const readMember = contextMembers[`${root}.${member}`];
  if (readMember !== undefined) return walkFrom(readMember, path.slice(2));
  if (root === "identity" && member === "traits" && name !== undefined) {
    return walkFrom((subject) => readTrait(subject, name), path.slice(3));
  }
  return walkFrom(contextOf, path);
}

function walkFrom(read: Property, path: readonly PathSegment[]): Property {
  return path.length === 0 ? read : (subject) => firstNode(read(subject), path);
}

/** The names a path starts with, up to the first step that selects anything else. */
function singularNames(path: readonly PathSegment[]): readonly string[] {
  const names: string[] = [];
  for (const { deep, selectors } of path) {
    const [only] = selectors;
    if (deep || selectors.length > 1 || typeof only !== "string") break;
    names.push(only);
  }
  return names;
}

function contextOf(subject: Subject): unknown {
  const { tables, identifier, traits } = subject;
  return {
    environment: tables.environment,
    identity: identifier === null ? null : { identifier, key: identityKey(subject), traits },
    // Only a path that leads there pays for the features.
    get features() {
      const features = Array.from(tables.features.values(), ({ key, base }) => {
        const { name, enabled, value } = base.flag;
        return [name, { key, name, enabled, value }] as const;
      });
      return Object.fromEntries(features);
    },
  };
}
