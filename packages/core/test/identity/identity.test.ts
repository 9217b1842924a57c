import { expect, it } from "vitest";
import { IdentityParser } from "../../src/identity/identity.ts";
import { catchError, client, fakePlatform, json, recordingLogger } from "../fake-platform.ts";

function createParser(logger = recordingLogger()) {
  return new IdentityParser({ strictTraits: false }, logger);
}

it("has no traits and is not transient by default", () => {
  const expected = { identifier: "user", traits: {}, transient: false, droppedTraits: [] };
  const parser = createParser();
  expect(parser.parse({ identifier: "user" })).toEqual(expected);
  expect(parser.parse({ identifier: "user", traits: undefined, transient: undefined })).toEqual(
    expected,
  );
});

it("keeps the identifier unchanged, including spaces", () => {
  expect(createParser().parse({ identifier: "  ü\u{1f642} " }).identifier).toBe("  ü\u{1f642} ");
});

it.each([undefined, null, 1.5, Number.NaN, 2 ** 53, true, {}, ["user"], Symbol("user")])(
  "rejects an identifier that is no string and no integer (%#)",
  async (identifier) => {
    const error = await catchError(() => createParser().parse({ identifier } as never));
    expect(error.code).toBe("INVALID_IDENTIFIER");
    expect(error.message).toBe("The identifier must be a string or a whole number.");
  },
);

it.each(["", " ", "\t\n\u00a0"])("rejects the blank identifier %j", async (identifier) => {
  const error = await catchError(() => createParser().parse({ identifier }));
  expect(error.code).toBe("INVALID_IDENTIFIER");
  expect(error.message).toBe("The identifier must not be empty.");
});

it("converts safe integers and bigints, with one warning", () => {
  const logger = recordingLogger();
  const parser = createParser(logger);
  const parse = (identifier: unknown) => parser.parse({ identifier } as never).identifier;
  expect([42, -7, 0, 9_007_199_254_740_991, 10n ** 20n].map(parse)).toEqual([
    "42",
    "-7",
    "0",
    "9007199254740991",
    "100000000000000000000",
  ]);
  expect(logger.warnings).toEqual(["An identifier is a number: pass String(id) instead."]);
});

it("sends a converted identifier to the API", async () => {
  const platform = fakePlatform(() => json({ flags: [] }));
  await client(platform, { logger: recordingLogger() }).getIdentityFlags(42 as never);
  expect(JSON.parse(platform.requests[0]?.body ?? "")).toEqual({ identifier: "42", traits: [] });
});
