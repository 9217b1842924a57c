import { parseArgs } from "node:util";

/** Selection of parts, runtimes and cases on the command line of `npm test`. */
export interface Selection {
  /** Names of the parts to run. */
  readonly parts: readonly string[];
  /** Ids of the runtimes on which the contract runs; empty for all. */
  readonly runtimes: readonly string[];
  /** Texts of which a case name must contain one, in any letter case; empty for all cases. */
  readonly caseTexts: readonly string[];
}

/** Names that the command line may contain. */
export interface KnownNames {
  readonly parts: readonly string[];
  readonly runtimes: readonly string[];
}

/** Parts to which `--runtime` applies. */
const runtimeParts: readonly string[] = ["contract"];
/** Parts to which `--case` applies. */
const caseParts: readonly string[] = ["contract", "unit"];

/** A command line that cannot be run. Its message is one line. */
export class UsageError extends Error {}

/**
 * Parses the arguments of `npm test`. Without names of parts all parts run; with `--runtime` or
 * `--case` only the contract does. Returns `"help"` for `--help`.
 * @throws {@link UsageError} for an unknown name or option, and for an option that no selected part uses.
 */
export function parseCommandLine(args: readonly string[], known: KnownNames): Selection | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const runtimes = (values.runtime ?? []).map((name) => find("runtime", name, known.runtimes));
  const caseTexts = values.case ?? [];
  if (caseTexts.includes("")) throw new UsageError("--case needs a part of a case's name.");
  const isFiltered = runtimes.length > 0 || caseTexts.length > 0;
  const named = positionals.map((name) => find("part", name, known.parts));
  const defaults = isFiltered ? ["contract"] : known.parts;
  const parts = named.length > 0 ? known.parts.filter((name) => named.includes(name)) : defaults;
  if (runtimes.length > 0) requirePart("--runtime", parts, runtimeParts);
  if (caseTexts.length > 0) requirePart("--case", parts, caseParts);
  return { parts, runtimes: [...new Set(runtimes)], caseTexts };
}

/** Creates the source of a regular expression that matches one of the texts, in any letter case. */
export function createPattern(texts: readonly string[]): string {
  const toPattern = (character: string) =>
    /[a-z]/i.test(character)
      ? `[${character.toLowerCase()}${character.toUpperCase()}]`
      : character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
  return texts.map((text) => Array.from(text, toPattern).join("")).join("|");
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        runtime: { type: "string", multiple: true },
        case: { type: "string", multiple: true },
      },
    });
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    throw new UsageError(`${line.replace(/\.$/, "")}: see npm test -- --help.`);
  }
}

function find(kind: string, name: string, known: readonly string[]): string {
  const found = known.find((candidate) => candidate === name.toLowerCase());
  if (found === undefined)
    throw new UsageError(`Unknown ${kind} "${name}": use ${known.join(", ")}.`);
  return found;
}

function requirePart(option: string, parts: readonly string[], using: readonly string[]): void {
  if (parts.some((part) => using.includes(part))) return;
  throw new UsageError(
    `${option} has no effect on ${parts.join(", ")}: add ${using.join(" or ")}.`,
  );
}
