/** Replaces what must not be read in an error or a log line. */
export type Redact = (text: string) => string;

/** Makes a {@link Redact} for the given secrets. */
export function redactionOf(secrets: readonly string[]): Redact {
  // The longest first: one secret may contain another.
  const hidden = secrets.filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  return (text) =>
    hidden.reduce((visible, secret) => visible.replaceAll(secret, "[redacted]"), text);
}

const maxCauses = 4;

/**
 * A copy of an error that came from outside, to be attached as `cause`.
 *
 * The original is never attached: a runtime's error may hold the whole request, headers included.
 */
export function copyError(error: unknown, redact: Redact, depth = 1): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error)));
  const { cause } = error;
  const copy = new Error(
    redact(error.message),
    cause === undefined || depth >= maxCauses
      ? undefined
      : { cause: copyError(cause, redact, depth + 1) },
  );
  copy.name = error.name;
  // The stack of the copying would only mislead.
  copy.stack = `${copy.name}: ${copy.message}`;
  return "code" in error && typeof error.code === "string"
    ? Object.assign(copy, { code: error.code })
    : copy;
}
