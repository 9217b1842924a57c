import type { Fetch, Platform } from "./platform.ts";
import { fullJitter } from "./retry-policy.ts";

/** What is used of the globals of a runtime where work may go on between requests. */
export interface BackgroundHost {
  fetch: Fetch;
  readonly performance: { now(): number };
}

/** What the platforms of such runtimes share: there is time to retry with patience, and a clock that runs. */
export function backgroundPlatformOf(
  host: BackgroundHost,
): Required<Pick<Platform, "fetch" | "retryPolicy" | "stopwatch">> {
  return {
    // Looked up late, so that a fetch that is replaced after the import is used.
    fetch: (url, init) => host.fetch(url, init),
    retryPolicy: fullJitter({ retries: 3, baseMs: 500, maxMs: 8000 }),
    stopwatch: () => host.performance.now(),
  };
}
