import { expect, it } from "vitest";
import { createExitTasks } from "../../src/platform/exit-tasks.ts";

/** A process whose exit the test decides. */
function fakeProcess() {
  const listeners = new Set<() => void>();
  let listened = 0;
  const onExit = createExitTasks((run) => {
    listened++;
    listeners.add(run);
    return () => void listeners.delete(run);
  });
  const end = () => {
    for (const run of [...listeners]) run();
  };
  return { onExit, end, listeners, listened: () => listened };
}

it("runs every task once, with one shared listener", () => {
  const { onExit, end, listeners, listened } = fakeProcess();
  const ran: number[] = [];
  for (let count = 0; count < 50; count++) onExit(() => void ran.push(count));
  expect([listeners.size, listened()]).toEqual([1, 1]);
  end();
  end();
  expect(ran).toHaveLength(50);
  expect(listeners.size).toBe(0);
});

it("stops listening when all tasks are cancelled", () => {
  const { onExit, end, listeners } = fakeProcess();
  const cancel = [onExit(() => expect.unreachable()), onExit(() => expect.unreachable())];
  cancel[0]?.();
  expect(listeners.size).toBe(1);
  cancel[1]?.();
  cancel[1]?.();
  expect(listeners.size).toBe(0);
  end();
});

it("cancels only one of two registrations of the same function", () => {
  const { onExit, end } = fakeProcess();
  let runs = 0;
  const task = () => void runs++;
  const cancel = onExit(task);
  onExit(task);
  cancel();
  end();
  expect(runs).toBe(1);
});

it("runs a task that another task registered at the next exit", () => {
  const { onExit, end, listeners } = fakeProcess();
  const ran: string[] = [];
  onExit(() => {
    ran.push("first");
    onExit(() => void ran.push("second"));
  });
  end();
  expect([ran, listeners.size]).toEqual([["first"], 1]);
  end();
  expect(ran).toEqual(["first", "second"]);
});

it("a cancellation after the exit does not affect later tasks", () => {
  const { onExit, end, listeners } = fakeProcess();
  const cancel = onExit(() => undefined);
  end();
  onExit(() => undefined);
  cancel();
  expect(listeners.size).toBe(1);
});
