/** Removes secrets from a text. */
export type Redact = (text: string) => string;

/** Shorter secrets are removed only within quotes, because they would garble other words. */
const minSecretLength = 4;

/** Creates a {@link Redact} that removes each secret as plain text and as JSON. Ignores spaces around secrets. */
export function createRedact(secrets: readonly string[]): Redact {
  const forms = secrets
    .map((secret) => secret.trim())
    .filter((secret) => secret !== "")
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .flatMap((form) => (form.length < minSecretLength ? [`"${form}"`, `'${form}'`] : [form]));
  // The longest first, because one secret may contain another.
  const longestFirst = forms.sort((a, b) => b.length - a.length);
  return (text) => removeSecrets(longestFirst, text);
}

/** Not a RegExp: engines quote over-long patterns in their errors, which would leak the secret. */
function removeSecrets([secret, ...others]: readonly string[], text: string): string {
  if (secret === undefined) return text;
  const between = text.split(secret).map((part) => removeSecrets(others, part));
  return between.join("[redacted]");
}

/** Ends the list if a cause refers back to its error. */
const maxCauses = 8;

/** Lists a thrown value and its chain of causes. */
export function listCauses(thrown: unknown, maxLength: number = maxCauses): readonly unknown[] {
  const hasCause = thrown instanceof Error && thrown.cause !== undefined && maxLength > 1;
  return hasCause ? [thrown, ...listCauses(thrown.cause, maxLength - 1)] : [thrown];
}

/**
 * Copies a runtime's error and its causes, for use as the `cause` of an SDK error.
 *
 * The original must not be used, because it may contain the whole request with its headers.
 */
export function copyError([error, ...causes]: readonly unknown[], redact: Redact): Error {
  if (!(error instanceof Error)) return new Error(redact(toText(error)));
  const copy = new Error(
    redact(toText(error.message)),
    causes.length === 0 ? undefined : { cause: copyError(causes, redact) },
  );
  copy.name = redact(toText(error.name));
  // The stack of this function would mislead.
  copy.stack = `${copy.name}: ${copy.message}`;
  return "code" in error && typeof error.code === "string"
    ? Object.assign(copy, { code: redact(error.code) })
    : copy;
}

/** Converts a thrown value to text. Some values cannot be converted. */
function toText(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return "an unreadable error";
  }
}
