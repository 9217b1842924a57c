/**
 * When the change was made that a webhook tells of, in milliseconds since the epoch; NaN where its body
 * does not say.
 */
export function changedAt(body: Uint8Array): number {
  try {
    const told: unknown = JSON.parse(new TextDecoder().decode(body));
    const data: unknown = Reflect.get(Object(told), "data");
    return Date.parse(String(Reflect.get(Object(data), "timestamp")));
  } catch {
    return Number.NaN;
  }
}
