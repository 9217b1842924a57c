/** Unwinds the reading of something that cannot be used; {@link attempt} catches it. */
class Refusal extends Error {}

/** Gives up on what is being read. */
export function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** Runs a read, or turns its refusal into something else. */
export function attempt<T>(read: () => T, onRefusal: (reason: string) => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return onRefusal(error.message);
    throw error;
  }
}
