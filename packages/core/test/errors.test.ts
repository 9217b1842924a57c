import { expect, it, vi } from "vitest";
import { FlagsmithAPIError, FlagsmithClientError } from "../src/errors.ts";

it("an API error is a client error and an Error", () => {
  const error = new FlagsmithAPIError("API_STATUS", "It failed.", { status: 503 });
  expect(error).toBeInstanceOf(FlagsmithClientError);
  expect(error).toBeInstanceOf(Error);
  expect(new FlagsmithClientError("CLOSED", "Closed.")).not.toBeInstanceOf(FlagsmithAPIError);
});

it("has a code, message, status, Retry-After and cause", () => {
  const cause = new Error("reset");
  const error = new FlagsmithAPIError("API_UNREACHABLE", "It failed.", {
    cause,
    status: 502,
    retryAfterMs: 1500,
  });
  expect(error.code).toBe("API_UNREACHABLE");
  expect(error.message).toBe("It failed.");
  expect(error.status).toBe(502);
  expect(error.retryAfterMs).toBe(1500);
  expect(error.cause).toBe(cause);
});

it("has no cause and no status if they are unknown", () => {
  const error = new FlagsmithAPIError("API_TIMEOUT", "Too slow.");
  expect("cause" in error).toBe(false);
  expect(error.status).toBeUndefined();
  expect(error.retryAfterMs).toBeUndefined();
});

it("prints its own name", () => {
  expect(String(new FlagsmithClientError("CLOSED", "Closed."))).toBe(
    "FlagsmithClientError: Closed.",
  );
  expect(String(new FlagsmithAPIError("API_TIMEOUT", "Too slow."))).toBe(
    "FlagsmithAPIError: Too slow.",
  );
});

it("instanceof recognizes the errors of another copy, but not those of a subclass", async () => {
  vi.resetModules();
  const copy: typeof import("../src/errors.ts") = await import("../src/errors.ts");
  expect(copy.FlagsmithAPIError).not.toBe(FlagsmithAPIError);
  const error: unknown = new copy.FlagsmithAPIError("API_TIMEOUT", "Too slow.");
  expect(error instanceof FlagsmithAPIError).toBe(true);
  expect(error instanceof FlagsmithClientError).toBe(true);
  expect(new copy.FlagsmithClientError("CLOSED", "") instanceof FlagsmithAPIError).toBe(false);

  class Derived extends FlagsmithAPIError {}
  expect(error instanceof Derived).toBe(false);
  expect(new Derived("API_TIMEOUT", "") instanceof copy.FlagsmithAPIError).toBe(true);
  for (const other of [undefined, null, 1, "text", {}, new Error("x")]) {
    expect(other instanceof FlagsmithClientError).toBe(false);
  }
});
