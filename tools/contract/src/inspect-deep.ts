/** Everything that can be read off a value, hidden members and causes included, for runtimes without an inspector. */
export function inspectDeep(value: unknown, seen: Set<object> = new Set()): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  const members = Reflect.ownKeys(value).map(
    (key) => `${String(key)}: ${inspectDeep(Reflect.get(value, key), seen)}`,
  );
  return `${String(value)} { ${members.join(", ")} }`;
}
