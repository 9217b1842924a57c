import { isJsonObject, notAnObject } from "./api-request.ts";
import { json, type RouteResponse, serverErrorPage } from "./api-response.ts";
import type { IdentityRequest, SentTrait } from "./identity-store.ts";

/** Lengths in code points. */
const maxLengths = { identifier: 2000, traitKey: 200, traitText: 2000 };
const trueWords = ["t", "y", "yes", "true", "on", "1"];
const falseWords = ["f", "n", "no", "false", "off", "0"];

/** A value that passed the server's checks, or the server's error for it. */
type Checked<T> = { readonly value: T } | { readonly problem: unknown };

/** Validates the body of `POST identities/`. Returns the server's refusal of an invalid one. */
export function parseIdentityRequest(body: unknown): IdentityRequest | RouteResponse {
  if (!isJsonObject(body)) return json(400, notAnObject);
  const identifier = checkIdentifier(body["identifier"]);
  const traits = checkTraits(body["traits"]);
  const transient = parseServerBoolean(body["transient"]);
  if ("problem" in identifier || "problem" in traits || "problem" in transient) {
    return json(400, collectProblems({ identifier, traits, transient }));
  }
  const request = {
    identifier: identifier.value === "" ? undefined : identifier.value,
    traits: traits.value,
    transient: transient.value,
  };
  return crashesServer(request) ? serverErrorPage : request;
}

/** Parses a boolean in any of the spellings that the server accepts. `undefined` is `false`. */
export function parseServerBoolean(value: unknown): Checked<boolean> {
  if (value === undefined) return { value: false };
  if (value === null) return { problem: ["This field may not be null."] };
  const word = String(value).toLowerCase();
  if (trueWords.includes(word)) return { value: true };
  if (falseWords.includes(word)) return { value: false };
  return { problem: ["Must be a valid boolean."] };
}

/** Whether a request passes the checks, but makes the real server's database fail. */
function crashesServer({ identifier = "", traits, transient }: IdentityRequest): boolean {
  if ([...identifier].length > maxLengths.identifier) return true;
  if (identifier === "" || transient) return false;
  const stored = traits.filter((trait) => !trait.transient);
  const keys = new Set(stored.map((trait) => trait.key));
  return keys.size < stored.length || stored.some(({ value }) => isBeyond32Bits(value));
}

/** From 1e21 on, JSON writers use an exponent, and the server parses a float, which it can store. */
function isBeyond32Bits(value: unknown): boolean {
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) >= 1e21)
    return false;
  return value > 2 ** 31 - 1 || value < -(2 ** 31);
}

function checkIdentifier(value: unknown): Checked<string> {
  if (value === undefined || value === null) return { value: "" };
  if (typeof value === "number") return { value: String(value) };
  if (typeof value !== "string") return { problem: ["Not a valid string."] };
  if (value.includes("\0")) return { problem: ["Null characters are not allowed."] };
  return { value: value.trim() };
}

function checkTraits(value: unknown): Checked<readonly SentTrait[]> {
  if (value === undefined) return { value: [] };
  if (value === null) return { problem: ["This field may not be null."] };
  if (!Array.isArray(value)) {
    return { problem: { non_field_errors: ["Expected a list of items."] } };
  }
  const checked = value.map(checkTrait);
  const traits = checked.flatMap((trait) => ("value" in trait ? [trait.value] : []));
  if (traits.length === checked.length) return { value: traits };
  return { problem: checked.map((trait) => ("problem" in trait ? trait.problem : {})) };
}

function checkTrait(trait: unknown): Checked<SentTrait> {
  if (!isJsonObject(trait)) return { problem: notAnObject };
  const key = checkTraitKey(trait["trait_key"]);
  const value = checkTraitValue(trait["trait_value"]);
  const transient = parseServerBoolean(trait["transient"]);
  if ("problem" in key || "problem" in value || "problem" in transient) {
    return { problem: collectProblems({ trait_key: key, trait_value: value, transient }) };
  }
  return { value: { key: key.value, value: value.value, transient: transient.value } };
}

function checkTraitKey(value: unknown): Checked<string> {
  if (value === undefined) return { problem: ["This field is required."] };
  if (value === null) return { problem: ["This field may not be null."] };
  if (typeof value !== "string" && typeof value !== "number") {
    return { problem: ["Not a valid string."] };
  }
  const key = String(value).trim();
  if (key === "") return { problem: ["This field may not be blank."] };
  if (key.includes("\0")) return { problem: ["Null characters are not allowed."] };
  if ([...key].length > maxLengths.traitKey) {
    return { problem: [`Ensure this field has no more than ${maxLengths.traitKey} characters.`] };
  }
  return { value: key };
}

function checkTraitValue(value: unknown): Checked<string | number | boolean | null> {
  if (value === undefined) return { problem: ["This field is required."] };
  if (value === null || typeof value === "boolean" || typeof value === "number") return { value };
  const text = typeof value === "string" ? value : formatAsPython(value);
  if ([...text].length > maxLengths.traitText) {
    return { problem: ["Value string is too long. Must be less than 2000 character"] };
  }
  return { value: text };
}

function collectProblems(fields: Readonly<Record<string, Checked<unknown>>>): object {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.flatMap(([name, field]) => ("problem" in field ? [[name, field.problem]] : [])),
  );
}

/** Formats a JSON value as Python's `str()` does: the server stores a list or an object as that text. */
function formatAsPython(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return quoteAsPython(value);
  if (Array.isArray(value)) return `[${value.map(formatAsPython).join(", ")}]`;
  const members = Object.entries(value as object).map(
    ([name, member]) => `${quoteAsPython(name)}: ${formatAsPython(member)}`,
  );
  return `{${members.join(", ")}}`;
}

function quoteAsPython(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}
