import { expect, it } from "vitest";
import { documentResponse, memoryStorage, ownKey } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  FakeClock,
  fakePlatform,
  localClient,
  type Responder,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

const minute = 60_000;

/** Creates processes with background timers that share a clock and a storage. */
function createFleet(size: number, answer: Responder) {
  const clock = new FakeClock();
  const storage = memoryStorage();
  let loads = 0;
  const processes = Array.from({ length: size }, () => {
    const platform = fakePlatform(
      (request) => {
        loads++;
        return answer(request, loads);
      },
      { timers: clock, retryPolicy: steadyPolicy(0, 0) },
    );
    const flagsmith = localClient(platform, { storage });
    const value = async () => (await flagsmith.getEnvironmentFlags()).getFeatureValue("banner");
    return { flagsmith, value };
  });
  const values = () => Promise.all(processes.map(({ value }) => value()));
  return { clock, storage, processes, values, loads: () => loads };
}

it("processes with a common storage make about one load per interval", async () => {
  const { clock, storage, processes, values, loads } = createFleet(10, () =>
    documentResponse("same"),
  );
  for (const { value } of processes) await clock.run(value());
  await clock.advance(30 * minute);
  expect(loads()).toBeLessThanOrEqual(40);
  expect(await values()).toEqual(Array(10).fill("same"));
  // The document is written once. Its lease is renewed.
  expect(storage.writes.filter(({ key }) => key === ownKey)).toHaveLength(1);
  for (const { flagsmith } of processes) await flagsmith.close();
});

it("a change reaches all processes within an interval and a read of the storage", async () => {
  let version = 1;
  const { clock, processes, values } = createFleet(10, () => documentResponse(version));
  for (const { value } of processes) await clock.run(value());
  await clock.advance(10 * minute);
  version = 2;
  await clock.advance(1.1 * minute + 31_000);
  expect(await values()).toEqual(Array(10).fill(2));
  for (const { flagsmith } of processes) await flagsmith.close();
});

it("another process takes over within two intervals", async () => {
  let version = 1;
  const { clock, processes, values } = createFleet(3, () => documentResponse(version));
  for (const { value } of processes) await clock.run(value());
  await clock.advance(10 * minute);
  await processes[0]?.flagsmith.close();
  version = 2;
  await clock.advance(2.1 * minute + 31_000);
  expect((await values()).slice(1)).toEqual([2, 2]);
  for (const { flagsmith } of processes) await flagsmith.close();
});
