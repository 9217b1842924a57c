import type { FlagsmithOptions } from "../../src/options/options.ts";
import {
  type Answer,
  FakeClock,
  fakePlatform,
  localClient,
  steadyPolicy,
} from "../fake-platform.ts";

/** A client in an isolate: its clock can only sleep. Several isolates may share a clock. */
export function isolate(
  answer: Answer,
  options: Partial<FlagsmithOptions> = {},
  clock: FakeClock = new FakeClock(),
) {
  const timers = { now: clock.now, sleep: clock.sleep };
  const platform = fakePlatform(answer, { timers, retryPolicy: steadyPolicy(0, 0) });
  const flagsmith = localClient(platform, options);
  const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
  /** The same within a request. */
  const valueFor = async (asking: Request) =>
    (await flagsmith.forRequest(asking).getEnvironmentFlags()).getFeatureValue("banner");
  return { clock, platform, flagsmith, value, valueFor };
}

interface Request {
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/** A request whose background work can be waited for. */
export function request() {
  const work: Promise<unknown>[] = [];
  return { work, waitUntil: (promise: Promise<unknown>) => void work.push(promise) };
}
