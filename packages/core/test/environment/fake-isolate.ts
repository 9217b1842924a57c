import type { FlagsmithOptions } from "../../src/options/options.ts";
import {
  FakeClock,
  fakeIsolate,
  localClient,
  type Responder,
  steadyPolicy,
} from "../fake-platform.ts";

/** Creates a client in an isolate, without background timers. Several isolates may share a clock. */
export function createIsolate(
  answer: Responder,
  options: Partial<FlagsmithOptions> = {},
  clock: FakeClock = new FakeClock(),
) {
  const platform = fakeIsolate(answer, { clock, retryPolicy: steadyPolicy(0, 0) });
  const flagsmith = localClient(platform, options);
  const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
  /** The value of the banner within a request. */
  const valueFor = async (scope: ReturnType<typeof createRequest>) =>
    (await flagsmith.forRequest(scope).getEnvironmentFlags()).getFeatureValue("banner");
  return { clock, platform, flagsmith, value, valueFor };
}

/** Creates a request context that collects the work passed to `waitUntil`. */
export function createRequest() {
  const work: Promise<unknown>[] = [];
  return { work, waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
}
