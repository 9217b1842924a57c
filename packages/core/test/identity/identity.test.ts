import { expect, it } from "vitest";
import { parseIdentity } from "../../src/identity/identity.ts";
import { catchError } from "../fake-platform.ts";

it("has no traits and is not transient by default", () => {
  const expected = { identifier: "user", traits: {}, transient: false };
  expect(parseIdentity({ identifier: "user" })).toEqual(expected);
  expect(parseIdentity({ identifier: "user", traits: undefined, transient: undefined })).toEqual(
    expected,
  );
});

it("keeps the identifier unchanged, including spaces", () => {
  expect(parseIdentity({ identifier: "  ü\u{1f642} " }).identifier).toBe("  ü\u{1f642} ");
});

it.each([undefined, null, 42, true, {}, ["user"], Symbol("user")])(
  "rejects an identifier that is not a string (%#)",
  async (identifier) => {
    const error = await catchError(() => parseIdentity({ identifier } as never));
    expect(error.code).toBe("INVALID_IDENTIFIER");
    expect(error.message).toBe("The identifier must be a string.");
  },
);
