import { describe, expect, it } from "vitest";
import { signWebhookBody, verifyWebhookSignature } from "../../src/webhook/signature.ts";

const secret = "whsec-ü";
const body = '{"event_type":"FLAG_UPDATED"}';
// By OpenSSL: printf '%s' BODY | openssl dgst -sha256 -hmac SECRET
const signature = "a2b39ab82d6b1d3f8cfe5110435a80a5677dd85857f3270267621861f482efcc";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("signWebhookBody()", () => {
  it("returns the HMAC-SHA256 of the body in lower-case hexadecimal", async () => {
    // RFC 4231, test case 2.
    expect(await signWebhookBody("what do ya want for nothing?", "Jefe")).toBe(
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    expect(await signWebhookBody(body, secret)).toBe(signature);
    expect(await signWebhookBody(bytes(body), secret)).toBe(signature);
  });

  it.each(["", undefined, null, 7])("rejects the secret %j", async (none) => {
    await expect(signWebhookBody(body, none as string)).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });
});

describe("verifyWebhookSignature()", () => {
  it("accepts the signature of a text and of bytes", async () => {
    expect(await verifyWebhookSignature(body, signature, secret)).toBe(true);
    expect(await verifyWebhookSignature(bytes(body), signature, secret)).toBe(true);
    expect(await verifyWebhookSignature(body, signature.toUpperCase(), secret)).toBe(true);
  });

  it("accepts an ArrayBuffer, as from request.arrayBuffer()", async () => {
    const { buffer } = bytes(body);
    expect(await signWebhookBody(buffer, secret)).toBe(signature);
    expect(await verifyWebhookSignature(buffer, signature, secret)).toBe(true);
    expect(await verifyWebhookSignature(new ArrayBuffer(9), signature, secret)).toBe(false);
  });

  it("accepts a view of shared memory", async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(64)).subarray(3, 3 + body.length);
    shared.set(bytes(body));
    expect(await verifyWebhookSignature(shared, signature, secret)).toBe(true);
  });

  it("accepts a body that is empty or binary", async () => {
    for (const odd of [new Uint8Array([0, 255, 128]), new Uint8Array(), ""]) {
      expect(await verifyWebhookSignature(odd, await signWebhookBody(odd, "s"), "s")).toBe(true);
    }
  });

  it.each([
    ["another body", `${body} `, signature, secret],
    ["another secret", body, signature, "whsec-u"],
    ["no secret", body, signature, ""],
  ])("rejects %s", async (_name, ...args) => {
    expect(await verifyWebhookSignature(...args)).toBe(false);
  });

  it.each([
    ["null", null],
    ["undefined", undefined],
    ["an empty string", ""],
    ["a truncated one", signature.slice(0, 62)],
    ["one that is too long", `${signature}00`],
    ["one with a line break", `${signature}\n`],
    ["one with another prefix", `sha256=${signature}`],
    ["text that is not hexadecimal", "zz".repeat(32)],
    ["digits of another script", "٠".repeat(64)],
    ["another digest", "00".repeat(32)],
    ["an object", { toString: (): string => signature }],
  ])("rejects %s as a signature", async (_name, garbage) => {
    expect(await verifyWebhookSignature(body, garbage as string, secret)).toBe(false);
  });

  it("rejects a body or a secret of another type", async () => {
    for (const garbage of [undefined, null, 7, {}, { event_type: "FLAG_UPDATED" }, Symbol("x")]) {
      expect(await verifyWebhookSignature(garbage as string, signature, secret)).toBe(false);
      expect(await verifyWebhookSignature(body, signature, garbage as string)).toBe(false);
    }
  });
});
