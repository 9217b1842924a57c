import { describe, expect, it } from "vitest";
import { planCall } from "../../src/environment/call-plan.ts";

type CallFacts = Parameters<typeof planCall>[0];

/** A call on Node.js, whose document is fresh. */
const facts: CallFacts = {
  document: "fresh",
  load: undefined,
  isOwn: false,
  isBlocked: false,
  isStorageDue: false,
  hasTimer: true,
  hasWaitUntil: false,
  sharesPromises: true,
  isPatient: true,
  patienceMs: 2000,
  remainingMs: 20_000,
  timeoutMs: 10_000,
};

const worker = { hasTimer: false, sharesPromises: false };
const started = (ageMs: number, isForced = false) =>
  ({ stage: "started", ageMs, isForced }) as const;
const ended = (stage: "loaded" | "stored") => ({ stage, ageMs: 300, isForced: false });

/** Formats a plan as one line: "start until loaded 1000 answer". */
function plan(more: Partial<CallFacts>): string {
  const planned = planCall({ ...facts, ...more });
  if (planned === undefined) return "answer";
  return `${planned.load} until ${planned.until}, ${planned.maxMs}, ${planned.onTimeout}`;
}

type Row = readonly [Partial<CallFacts>, string];

describe("a call without a document", () => {
  const rows: readonly Row[] = [
    [{}, "start until document, 20000, answer"],
    [worker, "start until document, 20000, answer"],
    [{ load: started(300) }, "join until document, 20000, answer"],
    [{ load: started(300), sharesPromises: false }, "join until document, 10000, replace"],
    [{ load: started(300), isStorageDue: true }, "join until document, 20000, answer"],
    [{ load: started(300, true) }, "join until document, 20000, answer"],
    [{ load: started(300, true), isStorageDue: true }, "start until document, 20000, answer"],
    [{ load: started(0), isOwn: true, ...worker }, "join until document, 20000, answer"],
    [{ isPatient: false }, "start until document, 1000, answer"],
    [{ isPatient: false, load: started(300) }, "join until document, 700, answer"],
    [{ isPatient: false, load: started(300), ...worker }, "join until document, 700, answer"],
    [{ isBlocked: true }, "answer"],
    [{ isBlocked: true, isStorageDue: true }, "start until document, 20000, answer"],
    [{ isBlocked: true, load: started(300) }, "join until document, 20000, answer"],
    [{ load: ended("stored"), isOwn: true }, "answer"],
    [{ load: ended("loaded"), isOwn: true }, "answer"],
  ];

  it.each(rows)("%j: %s", (more, expected) => {
    expect(plan({ document: "missing", ...more })).toBe(expected);
  });
});

describe("a call with a document, if timers run", () => {
  const rows: readonly Row[] = [
    [{ document: "fresh" }, "answer"],
    [{ document: "fresh", load: started(300) }, "answer"],
    [{ document: "fresh", isStorageDue: true }, "answer"],
    [{ document: "due" }, "answer"],
    [{ document: "due", load: started(300) }, "answer"],
    [{ document: "overdue" }, "start until loaded, 1000, answer"],
    [{ document: "overdue", load: started(300) }, "join until loaded, 700, answer"],
    [{ document: "overdue", load: started(1300) }, "join until loaded, -300, answer"],
    [{ document: "overdue", load: started(9999) }, "join until loaded, -8999, answer"],
    [{ document: "overdue", load: started(10_000) }, "start until loaded, 1000, answer"],
    [
      { document: "overdue", load: started(10_000), isOwn: true },
      "join until loaded, -9000, answer",
    ],
    [{ document: "overdue", hasWaitUntil: true }, "start until loaded, 0, answer"],
    [{ document: "expired" }, "start until loaded, 1000, answer"],
    [{ document: "expired", hasWaitUntil: true }, "start until loaded, 1000, answer"],
    [{ document: "expired", load: started(10_000) }, "start until loaded, 1000, answer"],
  ];

  it.each(rows)("%j: %s", (more, expected) => expect(plan(more)).toBe(expected));
});

describe("a call with a document, without timers", () => {
  const rows: readonly Row[] = [
    [{ document: "fresh" }, "answer"],
    [{ document: "fresh", isStorageDue: true }, "start until storageRead, 1000, answer"],
    [
      { document: "fresh", isStorageDue: true, hasWaitUntil: true },
      "start until storageRead, 1000, answer",
    ],
    [{ document: "fresh", isStorageDue: true, load: started(300) }, "answer"],
    [{ document: "due", isStorageDue: true }, "start until storageRead, 1000, answer"],
    [{ document: "due" }, "start until loaded, 2000, longer"],
    [{ document: "due", load: started(300), isOwn: true }, "join until loaded, 2000, longer"],
    [{ document: "due", load: started(300) }, "join until loaded, 0, answer"],
    [{ document: "due", hasWaitUntil: true }, "start until loaded, 0, answer"],
    [{ document: "overdue", load: started(300) }, "join until loaded, 700, answer"],
    [{ document: "overdue", hasWaitUntil: true }, "start until loaded, 0, answer"],
    [{ document: "expired" }, "start until loaded, 2000, longer"],
    [{ document: "expired", hasWaitUntil: true }, "start until loaded, 1000, answer"],
    [{ load: ended("loaded"), isOwn: true }, "join until stored, 4000, answer"],
    [{ load: ended("loaded"), isOwn: true, hasWaitUntil: true }, "answer"],
    [{ load: ended("loaded"), document: "due" }, "answer"],
    [{ load: ended("stored"), isOwn: true, document: "due" }, "answer"],
  ];

  it.each(rows)("%j: %s", (more, expected) => expect(plan({ ...worker, ...more })).toBe(expected));
});
