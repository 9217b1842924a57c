/** Thrown by {@link refuse} and caught by {@link attempt}. */
class Refusal extends Error {}

/** Stops reading an input, or a part of it, that cannot be used. */
export function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** Throws a caught error again. The reason of a refusal, which is the path of a malformed value, begins with `member`. */
export function refuseWithin(member: string, error: unknown): never {
  if (error instanceof Refusal)
    error.message = error.message ? `${member}.${error.message}` : member;
  throw error;
}

/** Quotes and escapes a text of the input for a message. A text of more than 60 characters is cut off. */
export function quote(text: string): string {
  return JSON.stringify(text.replace(/^(.{60}).+/su, "$1…"));
}

/** Runs a read and handles its refusal. */
export function attempt<T>(read: () => T, onRefusal: (reason: string) => T): T {
  try {
    return read();
  } catch (error) {
    return onRefusal(getReason(error));
  }
}

/** Returns the reason of a caught refusal. Throws any other error again. */
export function getReason(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  throw error;
}
