/** Formats all members of a value, with hidden ones and causes, on runtimes that have no inspector. */
export function inspectDeep(value: unknown, seen: Set<object> = new Set()): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  const members = Reflect.ownKeys(value).map(
    (key) => `${String(key)}: ${inspectDeep(Reflect.get(value, key), seen)}`,
  );
  return `${String(value)} { ${members.join(", ")} }`;
}
