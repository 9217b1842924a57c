import { firstNode, type PathSegment, parsePath, UNSUPPORTED } from "./json-path.ts";
import type { EvaluatedFlag } from "./result.ts";
import { identityKey, readTrait, type Subject } from "./subject.ts";

/** Reads the value a condition looks at; `null` or `undefined` where there is none. */
export type Property = {
  readonly read: (subject: Subject) => unknown;
  /** The flag whose result the property is, where it is one. */
  readonly flag?: string;
};

type FlagMember = "name" | "enabled" | "value" | "reason" | "variant";
/** In characters. Bounds the steps of a path, which are followed by recursion. */
const LONGEST_PROPERTY = 1000;
const FLAG_MEMBERS: readonly string[] = ["name", "enabled", "value", "reason", "variant"];

/**
 * Compiles a property: a trait's name, or a JSONPath on the context. A trait that is literally called like the
 * path wins. Gives a text where it cannot be evaluated.
 */
export function compileProperty(property: string): Property | string {
  const readNamed = (subject: Subject) => readTrait(subject, property);
  if (!property.startsWith("$.")) return { read: readNamed };
  if (property.length > LONGEST_PROPERTY) return "the path is too long";
  const path = parsePath(property);
  if (path === undefined) return { read: readNamed };
  if (path === UNSUPPORTED) return "filters and slices in a path are not supported";
  const names = singularNames(path);
  if (names[0] === "segments") return "a condition cannot read segments";
  const { read, ...rest } = compilePath(path, names);
  return { ...rest, read: (subject) => readNamed(subject) ?? read(subject) };
}

function compilePath(path: readonly PathSegment[], names: readonly string[]): Property {
  const [root, member, name] = names;
  const rest = path.slice(3);
  switch (`${root}.${member}`) {
    case "identity.identifier":
      if (path.length === 2) return { read: (subject) => subject.identifier };
      break;
    case "identity.key":
      if (path.length === 2) return { read: identityKey };
      break;
    case "environment.key":
      if (path.length === 2) return { read: (subject) => subject.environment.key };
      break;
    case "environment.name":
      if (path.length === 2) return { read: (subject) => subject.environment.name };
      break;
    case "identity.traits":
      if (name === undefined) break;
      if (rest.length === 0) return { read: (subject) => readTrait(subject, name) };
      return { read: (subject) => firstNode(readTrait(subject, name), rest) };
  }
  if (root === "flags") return compileFlagPath(path, names);
  return { read: (subject) => firstNode(contextOf(subject, names), path) };
}

/** Whole flags and what is not part of a result are null, as are paths that could lead to any flag. */
function compileFlagPath(path: readonly PathSegment[], names: readonly string[]): Property {
  const [, flag, member] = names;
  if (path.length !== 3 || flag === undefined || !isFlagMember(member)) return { read: () => null };
  return { flag, read: (subject) => readMember(subject.readFlag(flag), member) };
}

function readMember(flag: EvaluatedFlag | null, member: FlagMember): unknown {
  return flag === null ? null : flag[member];
}

function isFlagMember(member: string | undefined): member is FlagMember {
  return member !== undefined && FLAG_MEMBERS.includes(member);
}

/** The names a path starts with, up to the first step that selects anything else. */
function singularNames(path: readonly PathSegment[]): readonly string[] {
  const names: string[] = [];
  for (const { deep, selectors } of path) {
    const [only] = selectors;
    if (deep || selectors.length !== 1 || typeof only !== "string") break;
    names.push(only);
  }
  return names;
}

function contextOf(subject: Subject, names: readonly string[]): unknown {
  const { environment, identifier, traits } = subject;
  const identity = identifier === null ? null : { identifier, key: identityKey(subject), traits };
  // Only a path that can lead there pays for the features.
  const [root = "features"] = names;
  return { environment, identity, ...(root === "features" && { features: subject.features() }) };
}
