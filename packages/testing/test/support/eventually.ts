import { vi } from "vitest";

/** Repeats an assertion until it holds. The timeout is only a limit for tests that would hang. */
export function eventually(assertion: () => void): Promise<void> {
  return vi.waitFor(assertion, { timeout: 4000, interval: 5 });
}
