import { json, type Reply, serverErrorPage } from "./answer.ts";
import { isDictionary, notADictionary } from "./dictionary.ts";
import type { IdentityRequest, SentTrait } from "./identity.ts";
import { pythonText, pythonTypeName } from "./python-text.ts";

const maxIdentifierLength = 2000;
const maxTraitKeyLength = 200;
const maxTraitTextLength = 2000;
const trueWords = ["t", "y", "yes", "true", "on", "1"];
const falseWords = ["f", "n", "no", "false", "off", "0"];

type Checked<T> = { readonly value: T } | { readonly problem: unknown };

/** Checks the body of `POST identities/`; a refusal is worded as the server words it. */
export function readIdentityRequest(body: unknown): IdentityRequest | Reply {
  if (!isDictionary(body)) return json(400, { non_field_errors: [notADictionary(body)] });
  const identifier = readIdentifier(body["identifier"]);
  const traits = readTraits(body["traits"]);
  const transient = readBoolean(body["transient"]);
  if ("problem" in identifier || "problem" in traits || "problem" in transient) {
    return json(400, problemsOf({ identifier, traits, transient }));
  }
  const request = {
    identifier: identifier.value === "" ? undefined : identifier.value,
    traits: traits.value,
    transient: transient.value,
  };
  return breaksServer(request) ? serverErrorPage : request;
}

/** Requests that pass the checks and then fail in the real server's database. */
function breaksServer({ identifier = "", traits, transient }: IdentityRequest): boolean {
  if ([...identifier].length > maxIdentifierLength) return true;
  if (identifier === "" || transient) return false;
  const stored = traits.filter((trait) => !trait.transient);
  const keys = new Set(stored.map((trait) => trait.key));
  return keys.size < stored.length || stored.some(({ value }) => isBeyond32Bits(value));
}

/** From 1e21 on, JSON writers use an exponent and the server reads a float, which it can store. */
function isBeyond32Bits(value: unknown): boolean {
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) >= 1e21)
    return false;
  return value > 2 ** 31 - 1 || value < -(2 ** 31);
}

function readIdentifier(value: unknown): Checked<string> {
  if (value === undefined || value === null) return { value: "" };
  if (typeof value === "number") return { value: String(value) };
  if (typeof value !== "string") return { problem: ["Not a valid string."] };
  if (value.includes("\0")) return { problem: ["Null characters are not allowed."] };
  return { value: value.trim() };
}

function readTraits(value: unknown): Checked<readonly SentTrait[]> {
  if (value === undefined) return { value: [] };
  if (value === null) return { problem: ["This field may not be null."] };
  if (!Array.isArray(value)) {
    const message = `Expected a list of items but got type "${pythonTypeName(value)}".`;
    return { problem: { non_field_errors: [message] } };
  }
  const traits: readonly Checked<SentTrait>[] = value.map(readTrait);
  const good = traits.flatMap((trait) => ("value" in trait ? [trait.value] : []));
  if (good.length === traits.length) return { value: good };
  return { problem: traits.map((trait) => ("problem" in trait ? trait.problem : {})) };
}

function readTrait(trait: unknown): Checked<SentTrait> {
  if (!isDictionary(trait)) return { problem: { non_field_errors: [notADictionary(trait)] } };
  const key = readTraitKey(trait["trait_key"]);
  const value = readTraitValue(trait["trait_value"]);
  const transient = readBoolean(trait["transient"]);
  if ("problem" in key || "problem" in value || "problem" in transient) {
    return { problem: problemsOf({ trait_key: key, trait_value: value, transient }) };
  }
  return { value: { key: key.value, value: value.value, transient: transient.value } };
}

function readTraitKey(value: unknown): Checked<string> {
  if (value === undefined) return { problem: ["This field is required."] };
  if (value === null) return { problem: ["This field may not be null."] };
  if (typeof value !== "string" && typeof value !== "number") {
    return { problem: ["Not a valid string."] };
  }
  const key = String(value).trim();
  if (key === "") return { problem: ["This field may not be blank."] };
  if (key.includes("\0")) return { problem: ["Null characters are not allowed."] };
  if ([...key].length > maxTraitKeyLength) {
    return { problem: [`Ensure this field has no more than ${maxTraitKeyLength} characters.`] };
  }
  return { value: key };
}

function readTraitValue(value: unknown): Checked<string | number | boolean | null> {
  if (value === undefined) return { problem: ["This field is required."] };
  if (value === null || typeof value === "boolean" || typeof value === "number") return { value };
  const text = typeof value === "string" ? value : pythonText(value);
  if ([...text].length > maxTraitTextLength) {
    return { problem: ["Value string is too long. Must be less than 2000 character"] };
  }
  return { value: text };
}

/** A boolean in any of the spellings the server takes. */
export function readBoolean(value: unknown): Checked<boolean> {
  if (value === undefined) return { value: false };
  if (value === null) return { problem: ["This field may not be null."] };
  const word = String(value).toLowerCase();
  if (trueWords.includes(word)) return { value: true };
  if (falseWords.includes(word)) return { value: false };
  return { problem: ["Must be a valid boolean."] };
}

function problemsOf(fields: Readonly<Record<string, Checked<unknown>>>): object {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.flatMap(([name, field]) => ("problem" in field ? [[name, field.problem]] : [])),
  );
}
