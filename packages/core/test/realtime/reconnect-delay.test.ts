import { expect, it } from "vitest";
import { ReconnectDelay } from "../../src/realtime/reconnect-delay.ts";
import { fixedRandom } from "../fake-platform.ts";

const random = fixedRandom(1);

it("the upper limit doubles from one second to a minute", () => {
  const delay = new ReconnectDelay();
  const waits = Array.from({ length: 9 }, () => delay.next(0));
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  random.value = 0.25;
  expect(delay.next(0)).toBe(15_000);
  random.value = 0;
  expect(delay.next(0)).toBe(0);
});

it("the upper limit is a minute after thousands of failures", () => {
  const delay = new ReconnectDelay();
  for (let count = 0; count < 3000; count++) delay.next(0);
  expect(delay.next(0)).toBe(60_000);
});

it("restarts after a steady connection, not after a short one", () => {
  const delay = new ReconnectDelay();
  for (let count = 0; count < 4; count++) delay.next(0);
  expect(delay.next(9999)).toBe(16_000);
  expect(delay.next(10_000)).toBe(1000);
  expect(delay.next(0)).toBe(2000);
});

it("starts from the base delay of the server, within limits", () => {
  const delay = new ReconnectDelay();
  delay.setBase(2500);
  expect([delay.next(0), delay.next(0)]).toEqual([2500, 5000]);
  delay.setBase(300_000);
  expect(delay.next(0)).toBe(300_000);
  delay.setBase(1e15);
  expect(delay.next(0)).toBe(3_600_000);
  const eager = new ReconnectDelay();
  eager.setBase(0);
  expect([eager.next(0), eager.next(0)]).toEqual([100, 200]);
});

it("adds the backoff to Retry-After, up to the limit of a timer", () => {
  const delay = new ReconnectDelay();
  expect(delay.next(0, 30_000)).toBe(31_000);
  expect(delay.next(0, 1e15)).toBe(2 ** 31 - 1);
});
