/** Replaces what must not be read in an error or a log line. */
export type Redact = (text: string) => string;

/** Makes a {@link Redact} for the given secrets, as they are, as runtimes trim them, and in JSON. */
export function redactionOf(secrets: readonly string[]): Redact {
  const forms = secrets
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "")
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  // The longest first: one secret may contain another.
  const longestFirst = forms.sort((a, b) => b.length - a.length);
  return (text) => withoutAny(longestFirst, text);
}

/** By no pattern: a runtime refuses one that is too long, and says it whole in its error. */
function withoutAny([secret, ...others]: readonly string[], text: string): string {
  if (secret === undefined) return text;
  const between = text.split(secret).map((part) => withoutAny(others, part));
  return between.join("[redacted]");
}

/** A cause may lead back to itself. */
const maxChainLength = 8;

/** What was thrown, its cause, the cause of that, and so on. */
export function chainOf(thrown: unknown, maxLength: number = maxChainLength): readonly unknown[] {
  const hasCause = thrown instanceof Error && thrown.cause !== undefined && maxLength > 1;
  return hasCause ? [thrown, ...chainOf(thrown.cause, maxLength - 1)] : [thrown];
}

/**
 * A copy of an error that came from outside, and of its causes, to be attached as `cause`.
 *
 * The original is never attached: a runtime's error may hold the whole request, headers included.
 */
export function copyError([error, ...causes]: readonly unknown[], redact: Redact): Error {
  if (!(error instanceof Error)) return new Error(redact(textOf(error)));
  const copy = new Error(
    redact(textOf(error.message)),
    causes.length === 0 ? undefined : { cause: copyError(causes, redact) },
  );
  copy.name = redact(textOf(error.name));
  // The stack of the copying would only mislead.
  copy.stack = `${copy.name}: ${copy.message}`;
  return "code" in error && typeof error.code === "string"
    ? Object.assign(copy, { code: redact(error.code) })
    : copy;
}

/** Anything can be thrown, also what cannot be made a text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "something that is no error";
  }
}
