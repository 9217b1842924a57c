import { isError } from "../platform/is-error.ts";

/** Removes secrets from a text. */
export type Redact = (text: string) => string;

/** Shorter secrets are removed only within quotes, because they would garble other words. */
const minSecretLength = 4;

/** A part of a longer secret is removed, too, if it has this length and is at its beginning or its end. */
const partLength = 8;

/** Lists the secrets of a client: its key and the values of its headers. */
export function listClientSecrets({
  environmentKey,
  customHeaders,
}: {
  readonly environmentKey: string;
  readonly customHeaders: Readonly<Record<string, string>>;
}): readonly string[] {
  const values = Object.values(customHeaders);
  // The secret of `Bearer s3cr3t…` without its scheme, and those of cookies.
  const words = values.flatMap((value) => value.match(/[^\s,;=:"]{8,}/g) ?? []);
  return [environmentKey, ...values, ...words];
}

/**
 * Creates a {@link Redact} that removes each secret in these forms: as it is, as JSON, URL-encoded, in base64, and cut
 * short to eight or more characters. Ignores spaces around secrets.
 *
 * @param bodies - large texts, which are removed as they are, as JSON, and cut short. Not those that are short, such as
 * "/", because they would cut secrets into pieces.
 */
export function createRedact(secrets: readonly string[], bodies: readonly string[] = []): Redact {
  const texts = secrets.map((secret) => secret.trim());
  const long = texts.filter(({ length }) => length >= minSecretLength);
  const short = texts.filter(({ length }) => length > 0 && length < minSecretLength);
  const forms = new Set([
    ...short.flatMap((secret) => [`"${secret}"`, `'${secret}'`]),
    ...[...long, ...bodies.filter(({ length }) => length >= minSecretLength)].flatMap((text) => [
      text,
      JSON.stringify(text).slice(1, -1),
    ]),
    ...long.flatMap(listEncodings),
  ]);
  // The longest first, because one secret may contain another.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    let parts = [text];
    for (const form of longestFirst) parts = parts.flatMap((part) => part.split(form));
    for (const form of longestFirst) parts = parts.flatMap((part) => splitAtPart(part, form));
    // One placeholder for neighbours, such as the two ends of a secret.
    const isOuter = (index: number) => index === 0 || index === parts.length - 1;
    return parts.filter((part, index) => part !== "" || isOuter(index)).join("[redacted]");
  };
}

/**
 * Keeps only the words of a text that are plain and do not occur in the body of a request. Faster than a
 * {@link Redact} of thousands of secrets. The text is cut.
 */
export function redactWords(text: string, body: string): string {
  return text.slice(0, maxRedactedLength).replace(/\S{4,}/g, (word) => {
    const [, plain] = /^([A-Z]?[a-z]+|[A-Z]+)[.,:]?$/.exec(word) ?? [];
    return plain === undefined || body.includes(plain) ? "[redacted]" : word;
  });
}

const maxRedactedLength = 1000;

/** Lists the URL and base64 encodings of a text. Within a longer text, base64 depends on the position. */
function listEncodings(text: string): string[] {
  const form = new URLSearchParams([["", text]]).toString().slice(1);
  const url = form.replaceAll("+", "%20");
  // Not by a TextEncoder, which jest-environment-jsdom lacks.
  const bytes = url.replace(/%../g, (code) =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  );
  const base64 = ["", "x", "xx"].map((before, position) =>
    // Leaves out the characters that depend on the text before and after.
    btoa(before + bytes).slice(position && position + 1, -4),
  );
  const encodings = [form, url, decodeSafeCharacters(url), btoa(bytes), ...base64];
  return encodings
    .flatMap((each) => [
      each,
      each.replace(/%../g, (code) => code.toLowerCase()),
      each.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
    ])
    .filter(({ length }) => length >= partLength);
}

/** Decodes the characters that `encodeURIComponent` leaves, but a form encodes. */
function decodeSafeCharacters(url: string): string {
  return url.replace(/%(?:21|27|28|29|7E)/g, decodeURIComponent);
}

/** Splits a text at the beginning or end of a secret. Not a RegExp: engines quote over-long patterns in errors. */
function splitAtPart(text: string, secret: string): string[] {
  const head = secret.slice(0, partLength);
  const tail = secret.slice(-partLength);
  const parts: string[] = [];
  let from = 0;
  for (;;) {
    const [headAt, tailAt] = [text.indexOf(head, from), text.indexOf(tail, from)];
    if (headAt < 0 && tailAt < 0) return [...parts, text.slice(from)];
    let start = headAt;
    let end = headAt + partLength;
    if (headAt >= 0 && (tailAt < 0 || headAt <= tailAt)) {
      while (end < text.length && text[end] === secret[end - start]) end++;
    } else {
      start = tailAt;
      end = tailAt + partLength;
      while (start > from && text[start - 1] === secret[secret.length - 1 - (end - start)]) start--;
    }
    parts.push(text.slice(from, start));
    from = end;
  }
}

/** Ends the list if a cause refers back to its error. */
const maxCauses = 8;

/** Lists a thrown value and its chain of causes. An object that is no error, such as a `Response`, explains nothing. */
export function listCauses(thrown: unknown, maxLength: number = maxCauses): readonly unknown[] {
  if (!isError(thrown) || maxLength === 1) return [thrown];
  const { cause } = thrown;
  const isCause = isError(cause) || typeof cause === "string";
  return isCause ? [thrown, ...listCauses(cause, maxLength - 1)] : [thrown];
}

/**
 * Copies a runtime's error and its causes, for use as the `cause` of an SDK error.
 *
 * The original must not be used, because it may contain the whole request with its headers.
 */
export function copyError([error, ...causes]: readonly unknown[], redact: Redact): Error {
  if (!isError(error)) return new Error(redact(toText(error)));
  const copy = new Error(
    redact(toText(error.message)),
    causes.length > 0 ? { cause: copyError(causes, redact) } : {},
  );
  // Not assigned, which fails if the process has frozen the prototype.
  Object.defineProperty(copy, "name", { value: redact(toText(error.name ?? "Error")) });
  // The stack of this function would mislead.
  copy.stack = String(copy);
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
