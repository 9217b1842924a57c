import { createOptionError } from "../errors.ts";
import { toHex } from "../platform/digest.ts";
import { isBytes } from "../platform/is-bytes.ts";

/**
 * Verifies the signature of a webhook, in constant time. Never throws: an invalid body, signature or secret returns
 * `false`.
 *
 * @param body - the body as it was received. Parsing and serializing it again changes its bytes.
 * @param signature - the header `X-Flagsmith-Signature`: the HMAC-SHA256 of the body in hexadecimal.
 * @param secret - the secret as it was entered in Flagsmith. An empty secret returns `false`.
 *
 * @example
 * const body = await request.text();
 * const signature = request.headers.get("X-Flagsmith-Signature");
 * if (!(await verifyWebhookSignature(body, signature, secret))) return new Response(null, { status: 401 });
 */
export async function verifyWebhookSignature(
  body: string | Uint8Array | ArrayBuffer,
  signature: string | null | undefined,
  secret: string,
): Promise<boolean> {
  if (typeof body !== "string" && !isBytes(body)) return false;
  if (typeof secret !== "string" || secret === "") return false;
  const hmac = parseSignature(signature);
  if (hmac === undefined) return false;
  return crypto.subtle.verify("HMAC", await importKey(secret, "verify"), hmac, toBytes(body));
}

/**
 * Creates the value of `X-Flagsmith-Signature` that Flagsmith sends with a webhook. Use it in tests, or to forward a
 * webhook.
 *
 * @param body - the body as it will be sent.
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS` for a secret that is empty or not a string.
 *
 * @example
 * const signature = await signWebhookBody(body, "the webhook's secret");
 * await fetch(url, { method: "POST", body, headers: { "X-Flagsmith-Signature": signature } });
 */
export async function signWebhookBody(
  body: string | Uint8Array | ArrayBuffer,
  secret: string,
): Promise<string> {
  if (typeof secret !== "string" || secret === "") {
    throw createOptionError("secret", "must be a string that is not empty");
  }
  return toHex(await crypto.subtle.sign("HMAC", await importKey(secret, "sign"), toBytes(body)));
}

function importKey(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", toBytes(secret), algorithm, false, [usage]);
}

/** Copies a view, because WebCrypto rejects shared memory. */
function toBytes(body: string | Uint8Array | ArrayBuffer): Uint8Array<ArrayBuffer> {
  return typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
}

function parseSignature(signature: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof signature !== "string" || !/^[0-9a-f]{64}$/i.test(signature)) return undefined;
  const bytes = new Uint8Array(32);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = Number.parseInt(signature.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}
