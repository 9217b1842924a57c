import { expect, it } from "vitest";
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
