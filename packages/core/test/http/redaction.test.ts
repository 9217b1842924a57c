import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { copyError, createRedact, listCauses, redactWords } from "../../src/http/redaction.ts";

it("removes each secret everywhere", () => {
  const redact = createRedact(["s3cr3t", "other"]);
  expect(redact("key s3cr3t, again s3cr3t; other")).toBe(
    "key [redacted], again [redacted]; [redacted]",
  );
});

it("removes the longer of two secrets with the same prefix completely", () => {
  expect(createRedact(["ser.key", "ser.key-2"])("a ser.key-2 b")).toBe("a [redacted] b");
});

it("treats a secret as text, not as a pattern", () => {
  const redact = createRedact(["a.b*(c)$&", "\\"]);
  expect(redact("a.b*(c)$& aXb")).toBe("[redacted] aXb");
});

it("removes a trimmed secret", () => {
  expect(createRedact([" s3cr3t\t"])('bad header "s3cr3t"')).toBe('bad header "[redacted]"');
});

it("removes a secret in its JSON form", () => {
  const secret = 'a"b\\c';
  expect(createRedact([secret])(JSON.stringify({ secret }))).toBe('{"secret":"[redacted]"}');
});

it("does not redact its own placeholder", () => {
  expect(createRedact(["s3cr3t", "e"])("s3cr3t")).toBe("[redacted]");
});

it("ignores empty and blank secrets", () => {
  expect(createRedact(["", "  "])("a b  c")).toBe("a b  c");
});

const redact = createRedact(["s3cr3t"]);

it("copies only message, name, code and causes, redacted", () => {
  const root = Object.assign(new Error("refused s3cr3t"), { code: "ECONNREFUSED" });
  const outer = Object.assign(new TypeError("fetch failed", { cause: root }), {
    options: { headers: { "X-Environment-Key": "s3cr3t" } },
  });
  const copy = copyError(listCauses(outer), redact);
  expect(copy).toMatchObject({ name: "TypeError", message: "fetch failed" });
  expect(copy.cause).toMatchObject({
    name: "Error",
    message: "refused [redacted]",
    code: "ECONNREFUSED",
  });
  expect(inspect(copy, { depth: Infinity, showHidden: true })).not.toContain("s3cr3t");
  expect(copy.stack).toBe("TypeError: fetch failed");
});

it("removes a secret from the name and the code of an error", () => {
  const error = Object.assign(new Error("x"), { name: "s3cr3t", code: "E_s3cr3t" });
  const copy = copyError(listCauses(error), redact);
  expect(inspect(copy, { depth: Infinity, showHidden: true })).not.toContain("s3cr3t");
});

it("copies an error of another realm, such as that of fetch in jest", () => {
  const code =
    'new TypeError("fetch failed", { cause: Object.assign(new Error("no s3cr3t"), { code: "ECONNRESET" }) })';
  const copy = copyError(listCauses(runInNewContext(code)), redact);
  expect(copy).toMatchObject({
    name: "TypeError",
    message: "fetch failed",
    cause: { message: "no [redacted]", code: "ECONNRESET" },
  });
});

it("ignores a cause that is no error, such as the Response of a failed request in msw", () => {
  const error = new TypeError("Failed to fetch", { cause: Response.error() });
  expect(listCauses(error)).toEqual([error]);
  expect(listCauses(new Error("no", { cause: "text" }))).toHaveLength(2);
});

it("stops at a circular chain of causes", () => {
  const error = new Error("round");
  error.cause = error;
  const chain = listCauses(error);
  expect(chain).toEqual(Array(8).fill(error));
  let copies = 0;
  for (let one: unknown = copyError(chain, redact); one instanceof Error; one = one.cause) copies++;
  expect(copies).toBe(8);
});

it.each([
  ["s3cr3t text", "[redacted] text"],
  [undefined, "undefined"],
  [null, "null"],
  [42, "42"],
  [Symbol("x"), "Symbol(x)"],
  [{ key: "s3cr3t" }, "[object Object]"],
  [{ message: "no s3cr3t" }, "no [redacted]"],
])("converts a thrown value that is not an error (%#)", (thrown, message) => {
  expect(copyError(listCauses(thrown), redact)).toMatchObject({ name: "Error", message });
});

it.each([
  ["an object without a prototype", Object.create(null)],
  [
    "an object that will not be text",
    {
      toString: () => {
        throw new Error("no");
      },
    },
  ],
])("converts %s to an error", (_name, thrown) => {
  expect(copyError(listCauses(thrown), redact).message).toMatch(/unreadable|object/);
});

it.each([
  ["connect ECONNREFUSED 127.0.0.1:80", "connect ECONNREFUSED [redacted]"],
  ["Invalid value for Magdalena, at 5", "Invalid value for [redacted] at 5"],
  ["refused. Magda1 and Magda) are hidden:", "refused. [redacted] and [redacted] are hidden:"],
  ["bad TWFnZGFsZW5h or jane%40x or Magdal", "bad [redacted] or [redacted] or [redacted]"],
])("keeps the plain words of %j that do not occur in a body", (text, expected) => {
  expect(redactWords(text, '{"name":"Magdalena"}')).toBe(expected);
});

it("keeps at most a thousand characters of a text with a large body", () => {
  expect(redactWords("no ".repeat(1000), "")).toHaveLength(1000);
});

it("removes a secret that is too long for a pattern", () => {
  const secret = `"${"a(b".repeat(200_000)}`;
  expect(createRedact([secret])(`before ${secret} after`)).toBe("before [redacted] after");
});

it("removes parts of eight characters and more at the ends of a secret", () => {
  const redact = createRedact(["abcdefghijklmnopqrstuvwxyz"]);
  expect(redact("<abcdefgh>")).toBe("<[redacted]>");
  expect(redact("<abcdefghijkl>")).toBe("<[redacted]>");
  expect(redact("<stuvwxyz>")).toBe("<[redacted]>");
  expect(redact("<opqrstuvwxyz>")).toBe("<[redacted]>");
  expect(redact("<abcdefg>, <tuvwxyz>, <cdefghijkl>")).toBe("<abcdefg>, <tuvwxyz>, <cdefghijkl>");
});

it("removes as much as possible of a secret that begins and ends alike", () => {
  expect(createRedact(["abcdefghabcdefgh"])("<abcdefghabcdefg>")).toBe("<[redacted]>");
});

it("removes both ends of a secret, in any order and at both ends of a text", () => {
  const redact = createRedact(["abcdefghijklmnopqrstuvwxyz"]);
  expect(redact("abcdefgh>")).toBe("[redacted]>");
  expect(redact("stuvwxyz>")).toBe("[redacted]>");
  expect(redact("<abcdefgh")).toBe("<[redacted]");
  expect(redact("<stuvwxyz")).toBe("<[redacted]");
  expect(redact("abcdefghi, rstuvwxyz.")).toBe("[redacted], [redacted].");
  expect(redact("rstuvwxyz, abcdefghi.")).toBe("[redacted], [redacted].");
  expect(redact("stuvwxyz, abcdefgh.")).toBe("[redacted], [redacted].");
  expect(redact("abcdefghiqrstuvwxyz")).toBe("[redacted]");
});

it("has one placeholder for secrets without a text between them", () => {
  const redact = createRedact(["s3cr3t-one", "s3cr3t-two"]);
  expect(redact("s3cr3t-ones3cr3t-twos3cr3t-one")).toBe("[redacted]");
  expect(redact("a s3cr3t-one b s3cr3t-twos3cr3t-one")).toBe("a [redacted] b [redacted]");
});

it("removes secrets of four characters everywhere, and shorter ones within quotes", () => {
  expect(createRedact(["abcd"])("xabcdx")).toBe("x[redacted]x");
  expect(createRedact(["abcd"])("'abcd'")).toBe("'[redacted]'");
  const redact = createRedact(["abc", ""]);
  expect(redact("xabcx, 'abc', \"abc\", ''")).toBe("xabcx, [redacted], [redacted], ''");
});

it("removes the URL-encoded forms of a secret", () => {
  const secret = "a b/ü~(key)!+=";
  const redact = createRedact([secret]);
  const encoded = encodeURIComponent(secret);
  const form = new URLSearchParams({ secret }).toString();
  expect(redact(`<${encoded}>`)).toBe("<[redacted]>");
  expect(redact(`<${form}>`)).toBe("<secret=[redacted]>");
  const lowerCase = encoded.replace(/%../g, (code) => code.toLowerCase());
  expect(redact(`<${lowerCase}>`)).toBe("<[redacted]>");
});

it.each(["", "x", "xx", "xxx"])("removes a secret from base64 behind %j", (before) => {
  for (const secret of ["s3cr3t?key>ü~~", "another-s3cr3t-ÿÿÿ>>>"]) {
    const redact = createRedact([secret]);
    const base64 = Buffer.from(`${before}${secret}, and more`).toString("base64");
    const base64url = base64.replaceAll("+", "-").replaceAll("/", "_");
    for (const text of [base64, base64url]) {
      const [start = "", end = "", ...others] = redact(`<${text}>`).split("[redacted]");
      expect(others).toEqual([]);
      // At most the characters that also depend on the neighbours of the secret are left.
      expect(start.length).toBeLessThanOrEqual(1 + Math.ceil(before.length / 3) * 4 + 2);
      expect(Buffer.from(end, "base64").toString()).not.toContain(secret.slice(-4));
    }
  }
});

it.each(["", "a", "ab", "abc"])("removes a secret from base64 behind %j that is cut", (before) => {
  for (const secret of ["s3cr3t-key-of-15", "s3cr3t-key-of-14", "s3cr3t-key-of-1"]) {
    const redact = createRedact([secret]);
    const start = Math.ceil((before.length * 4) / 3);
    const end = Math.floor(((before.length + secret.length) * 4) / 3);
    const base64 = Buffer.from(`${before}${secret}, and more`).toString("base64");
    // At most one character before it and four behind it are left, which also depend on its neighbours.
    expect(redact(base64.slice(start, end - 6))).toMatch(/^.?\[redacted\]$/);
    expect(redact(base64.slice(start + 6, end))).toMatch(/^\[redacted\].{0,4}$/);
  }
});

it.each(["s3cr3t-key", "s3cr3t-ke", "s3cr3t>>>key", "s3cr3t???key"])(
  "removes %s from base64 with and without padding",
  (secret) => {
    const redact = createRedact([secret]);
    for (const encoding of ["base64", "base64url"] as const) {
      expect(redact(`<${Buffer.from(secret).toString(encoding)}>`)).toBe("<[redacted]>");
    }
  },
);

it("keeps encodings of less than eight characters, which other words may contain", () => {
  const redact = createRedact(["abcd"]);
  expect(redact("<YWJjZA==>, <YWJjZA>")).toBe("<[redacted]>, <YWJjZA>");
});

it("copies no code that is not a text", () => {
  expect(copyError([Object.assign(new Error("no"), { code: 5 })], redact)).not.toHaveProperty(
    "code",
  );
  expect(copyError([new Error("no")], redact)).not.toHaveProperty("code");
});
