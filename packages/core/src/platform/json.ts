/** Whether a value is an object of JSON. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a member of any value. Returns `undefined` if there is none. */
export function getMember(input: unknown, name: string): unknown {
  return (input as Readonly<Record<string, unknown>> | null | undefined)?.[name];
}

/** Parses JSON text. Returns `undefined` for invalid JSON. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
