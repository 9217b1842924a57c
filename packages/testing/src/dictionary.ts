import { pythonTypeName } from "./python-text.ts";

/** Whether a JSON value is an object with members. */
export function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the server says about a value that is none. */
export function notADictionary(value: unknown): string {
  return `Invalid data. Expected a dictionary, but got ${pythonTypeName(value)}.`;
}
