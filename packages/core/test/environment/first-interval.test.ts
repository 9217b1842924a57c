import { expect, it } from "vitest";
import { documentResponse } from "../fake-environment.ts";
import { FakeClock, fakePlatform, localClient } from "../fake-platform.ts";

it("10,000 clients created at once spread their loads over the first interval", async () => {
  const clock = new FakeClock();
  const platform = fakePlatform(() => documentResponse(), { timers: clock });
  const clients = Array.from({ length: 10_000 }, () => localClient(platform));
  await Promise.all(clients.map((flagsmith) => flagsmith.ready()));
  const { due } = clock;
  expect(due).toHaveLength(10_000);
  const perSecond = Array.from(
    { length: 60 },
    (_value, second) => due.filter((ms) => Math.floor(ms / 1000) === second).length,
  );
  // The mean is 167. A deviation of six standard deviations does not happen.
  expect(perSecond.reduce((sum, count) => sum + count)).toBe(10_000);
  expect(Math.min(...perSecond)).toBeGreaterThan(167 - 78);
  expect(Math.max(...perSecond)).toBeLessThan(167 + 78);
  await Promise.all(clients.map((flagsmith) => flagsmith.close()));
});
