import { describe, expect, it } from "vitest";
import { allowNoUnhandledRejection, fixedRandom } from "../fake-platform.ts";
import { cells } from "./lifecycle-cells.ts";
import { type Event, events, type State, states } from "./lifecycle-events.ts";

allowNoUnhandledRejection();
fixedRandom();

const names = Object.keys(events) as Event[];
const stateNames = Object.keys(states) as State[];

/** The platforms: no runtime has timers without shared promises, but nothing depends on that. */
const platforms = [true, false].flatMap((hasTimer) =>
  [true, false].map((sharesPromises) => ({ hasTimer, sharesPromises })),
);

const rows = names.flatMap((event) =>
  [false, true].flatMap((isLoading) =>
    stateNames.map((state) => ({
      event,
      state,
      isLoading,
      title: `${event}, ${state}${isLoading ? ", loading" : ""}`,
      cell: cells[event]?.[isLoading ? "loading" : "idle"]?.[state],
    })),
  ),
);

it("every event has a result in every state, or cannot happen", () => {
  expect(rows).toHaveLength(18 * 7 * 2);
  expect(rows.filter(({ cell }) => cell === undefined).map(({ title }) => title)).toEqual([]);
});

describe.each(platforms)("timers: $hasTimer, shared promises: $sharesPromises", (platform) => {
  const possible = rows.flatMap(({ cell, ...row }) => {
    const expected = typeof cell === "function" ? cell(platform) : cell;
    return typeof expected === "string" ? [{ ...row, expected }] : [];
  });

  it.each(possible)("$title: $expected", async ({ event, state, isLoading, expected }) => {
    expect(await events[event](platform, state, isLoading)).toBe(expected);
  });
});
