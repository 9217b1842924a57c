import { invalidOption } from "../errors.ts";

/**
 * Whether a webhook comes from somebody who knows the secret; compared in constant time. Never throws:
 * whatever is no signature, no body or no secret is not genuine.
 *
 * @param body - as it was received: parsing it and serialising it again changes its bytes.
 * @param signature - the header `X-Flagsmith-Signature`: the HMAC-SHA256 of the body in hexadecimal.
 * @param secret - as it was entered in Flagsmith; an empty one verifies nothing.
 *
 * @example
 * const body = await request.text();
 * const signature = request.headers.get("X-Flagsmith-Signature");
 * if (!(await verifyWebhookSignature(body, signature, secret))) return new Response(null, { status: 401 });
 */
export async function verifyWebhookSignature(
  body: string | Uint8Array,
  signature: string | null | undefined,
  secret: string,
): Promise<boolean> {
  if (typeof body !== "string" && !ArrayBuffer.isView(body)) return false;
  if (typeof secret !== "string" || secret === "") return false;
  const digest = digestOf(signature);
  if (digest === undefined) return false;
  return crypto.subtle.verify("HMAC", await keyOf(secret, "verify"), digest, bytesOf(body));
}

/**
 * What Flagsmith sends as `X-Flagsmith-Signature` with a webhook: for tests, and for those who forward one.
 *
 * @param body - the body as it will be sent.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a secret that is empty or no string.
 */
export async function signWebhookBody(body: string | Uint8Array, secret: string): Promise<string> {
  if (typeof secret !== "string" || secret === "") {
    throw invalidOption("secret", "must be a text");
  }
  const digest = await crypto.subtle.sign("HMAC", await keyOf(secret, "sign"), bytesOf(body));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function keyOf(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, [usage]);
}

/** A copy: WebCrypto refuses memory that is shared. */
function bytesOf(body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
}

function digestOf(signature: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof signature !== "string" || !/^[0-9a-f]{64}$/i.test(signature)) return undefined;
  const digest = new Uint8Array(32);
  for (let at = 0; at < digest.length; at++) {
    digest[at] = Number.parseInt(signature.slice(2 * at, 2 * at + 2), 16);
  }
  return digest;
}
