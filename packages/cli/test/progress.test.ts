import { expect, test } from "vitest";
import type { Ports } from "../src/ports.ts";
import { withProgress } from "../src/progress.ts";

/** A clock that a test moves by seconds. */
function createPorts(isTerminal: boolean) {
  let output = "";
  let tick: (() => void) | undefined;
  const ports = {
    stderr: { isTerminal, write: (text: string) => (output += text) },
    every: (_: number, task: () => void) => {
      tick = task;
      return () => {
        tick = undefined;
      };
    },
  } as unknown as Ports;
  return {
    ports,
    passSecond: () => tick?.(),
    output: () => output,
    isStopped: () => tick === undefined,
  };
}

test("a task of less than a second prints nothing", async () => {
  const { ports, output, isStopped } = createPorts(true);
  expect(await withProgress(ports, "Loading", Promise.resolve(7))).toBe(7);
  expect([output(), isStopped()]).toEqual(["", true]);
});

test("a terminal shows the seconds, and the line is removed", async () => {
  const { ports, passSecond, output } = createPorts(true);
  let resolve = () => {};
  const waiting = new Promise<void>((done) => {
    resolve = done;
  });
  const task = withProgress(ports, "Loading", waiting);
  passSecond();
  passSecond();
  resolve();
  await task;
  expect(output()).toBe("\rLoading … 1 s\rLoading … 2 s\r\u001b[K");
});

test("a pipe gets one line, also if the task fails", async () => {
  const { ports, passSecond, output, isStopped } = createPorts(false);
  let reject = (_error: Error) => {};
  const waiting = new Promise<void>((_done, fail) => {
    reject = fail;
  });
  const task = withProgress(ports, "Loading", waiting);
  passSecond();
  passSecond();
  reject(new Error("failed"));
  await expect(task).rejects.toThrow("failed");
  expect([output(), isStopped()]).toEqual(["Loading …\n", true]);
});
