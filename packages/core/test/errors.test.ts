import { expect, it } from "vitest";
import { FlagsmithAPIError, FlagsmithClientError } from "../src/errors.ts";

it("makes an API error a client error and an Error, so that one catch can tell them apart", () => {
  const error = new FlagsmithAPIError("API_STATUS", "It failed.", { status: 503 });
  expect(error).toBeInstanceOf(FlagsmithClientError);
  expect(error).toBeInstanceOf(Error);
  expect(new FlagsmithClientError("CLOSED", "Closed.")).not.toBeInstanceOf(FlagsmithAPIError);
});

it("carries code, message, status, the wait that was asked for, and cause", () => {
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

it("has no cause and no status where none is known", () => {
  const error = new FlagsmithAPIError("API_TIMEOUT", "Too slow.");
  expect("cause" in error).toBe(false);
  expect(error.status).toBeUndefined();
  expect(error.retryAfterMs).toBeUndefined();
});

it("shows its own name where it is printed", () => {
  expect(String(new FlagsmithClientError("CLOSED", "Closed."))).toBe(
    "FlagsmithClientError: Closed.",
  );
  expect(String(new FlagsmithAPIError("API_TIMEOUT", "Too slow."))).toBe(
    "FlagsmithAPIError: Too slow.",
  );
});
