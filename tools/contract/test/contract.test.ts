import { expect as chaiExpect } from "chai";
import { describe, expect, it } from "vitest";
import { isSelected, type PlainCase, runCase, runCases } from "../src/contract.ts";

const passing: PlainCase = { name: "passes", run: async () => undefined };

describe("cases", () => {
  it("run after each other, and a failed one does not stop the next", async () => {
    const failing = { name: "fails", run: () => Promise.reject(new Error("broken")) };
    const results = await runCases([failing, passing]);
    expect(results).toEqual([
      { name: "fails", failure: expect.stringContaining("broken") },
      { name: "passes" },
    ]);
  });

  it("that mostly wait run at once, after the others", async () => {
    const events: string[] = [];
    let arrived = 0;
    const create = (name: string, mostlyWaits: boolean): PlainCase => ({
      name,
      mostlyWaits,
      run: async () => {
        events.push(`${name} starts`);
        if (mostlyWaits) {
          // Hangs unless both run at once.
          arrived += 1;
          while (arrived < 2) await new Promise((resolve) => setTimeout(resolve, 1));
        }
        events.push(`${name} ends`);
      },
    });
    const results = await runCases([create("a", true), create("b", true), create("c", false)]);
    expect(results.map(({ name }) => name)).toEqual(["c", "a", "b"]);
    expect(events.slice(0, 4)).toEqual(["c starts", "c ends", "a starts", "b starts"]);
  });

  it("fail if they reject with a text, or throw before they return a promise", async () => {
    const results = await runCases([
      { name: "rejects", run: () => Promise.reject("text") },
      {
        name: "throws",
        run: () => {
          throw new Error("immediately");
        },
      },
    ]);
    expect(results).toEqual([
      { name: "rejects", failure: "text" },
      { name: "throws", failure: expect.stringContaining("immediately") },
    ]);
  });

  it("show the values of a failed check in full", async () => {
    const requests = [
      { method: "POST", url: "/api/v1/identities/", body: "a long body of a request" },
    ];
    const run = async () => {
      chaiExpect(requests).to.have.lengthOf(0);
    };
    const [result] = await runCases([{ name: "checks", run }]);
    expect(result?.failure).toContain("a long body of a request");
  });

  it("fail after the limit if they never end", async () => {
    const { failure } = await runCase(
      { name: "hangs", run: () => new Promise(() => undefined) },
      5,
    );
    expect(failure).toContain("still running after 5 ms");
  });

  it("clean up whether they pass, fail or hang, and fail if that fails", async () => {
    const cleaned: string[] = [];
    const cleanUp = async () => void cleaned.push("cleaned");
    await runCase({ ...passing, cleanUp });
    await runCase({ name: "fails", run: () => Promise.reject(new Error("broken")), cleanUp });
    await runCase({ name: "hangs", run: () => new Promise(() => undefined), cleanUp }, 5);
    expect(cleaned).toHaveLength(3);
    const broken = { ...passing, cleanUp: () => Promise.reject(new Error("not cleaned")) };
    expect((await runCase(broken)).failure).toContain("not cleaned");
  });

  it("do not run with a reason to skip them", async () => {
    const run = () => Promise.reject(new Error("it ran"));
    const result = await runCase({ name: "skipped", run, skipReason: "not available" });
    expect(result).toEqual({ name: "skipped", skipped: "not available" });
  });

  it("are announced before they run, and reported after", async () => {
    const events: unknown[] = [];
    const run = async () => void events.push("runs");
    await runCases([{ name: "a", run }], {
      onStart: (name) => events.push(`starts ${name}`),
      onResult: (result) => events.push(result),
    });
    expect(events).toEqual(["starts a", "runs", { name: "a" }]);
  });

  it.each([
    { texts: [], selected: true },
    { texts: ["REALTIME"], selected: true },
    { texts: ["flush", "stream"], selected: true },
    { texts: ["flush"], selected: false },
  ])("are selected by $texts: $selected", ({ texts, selected }) => {
    expect(isSelected(texts, "realtime: a stream stays open")).toBe(selected);
  });
});
