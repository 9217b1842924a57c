import type { Event, State } from "./lifecycle-events.ts";
import type { Capabilities } from "./lifecycle-world.ts";

/** The effect of an event in a state: the result on every platform, or per platform, or why it cannot happen. */
type Cell = string | ((capabilities: Capabilities) => string | undefined) | Impossible;

interface Impossible {
  readonly impossible: string;
}

const impossible = (reason: string): Impossible => ({ impossible: reason });

/** The results with and without timers. */
const byTimer =
  (withTimer: string, without: string): Cell =>
  ({ hasTimer }) =>
    hasTimer ? withTimer : without;

/** The results with and without shared promises. */
const byPromises =
  (shared: string, separate: string): Cell =>
  ({ sharesPromises }) =>
    sharesPromises ? shared : separate;

/** Without timers, nothing runs between requests. */
const onTimer =
  (result: string): Cell =>
  ({ hasTimer }) =>
    hasTimer ? result : undefined;

type Row = Readonly<Record<State, Cell>>;

const all = (cell: Cell): Row => ({
  empty: cell,
  "empty after failure": cell,
  fresh: cell,
  due: cell,
  overdue: cell,
  blocked: cell,
  closed: cell,
});

const noLoad = all(impossible("no load is in flight"));
const nothingToCompare = impossible("there is no other document");
const noStream = impossible("the stream opens after the first load");
const closedStream = impossible("close() has ended the stream");
const ignored = "serves 1, reports nothing, no load, call: CLOSED";

/**
 * A load that leaves the document in use, and reports this failure. Updates reject with it.
 *
 * @param blockedSeconds - the rest of an earlier `Retry-After`, which the failure does not end.
 */
const keepsDocument = (code: string, blockedSeconds = 170) => {
  const served = `serves 1, reports ${code}`;
  const result = `${served}, loads after 60 s`;
  return {
    fresh: `${result}, call: ${code}`,
    due: result,
    overdue: result,
    blocked: `${served}, loads after ${blockedSeconds} s, call: ${code}`,
    closed: ignored,
  };
};

const unchanged = {
  fresh: "serves 1, reports nothing, loads after 60 s, call: resolves",
  due: "serves 1, reports nothing, loads after 60 s",
  overdue: "serves 1, reports nothing, loads after 60 s",
  blocked: "serves 1, reports nothing, loads after 60 s, call: resolves",
  closed: ignored,
};

/** A storage without a document that can be used. */
const uselessStorage = {
  fresh: "serves 1, does not ask the API",
  due: "serves 1, asks the API",
  overdue: "serves 1, asks the API",
  blocked: "serves 1, does not ask the API",
  closed: "serves 1, does not ask the API",
};

/**
 * The results of all events, without and with a load in flight.
 *
 * In `fresh` and `blocked` states the load in flight is an update. Without timers, a call notices that a load is due
 * every 10 s.
 */
export const cells: Readonly<Record<Event, { readonly idle: Row; readonly loading: Row }>> = {
  "load: newer": {
    idle: noLoad,
    loading: {
      empty: "serves 2, reports a change, loads after 60 s, call: 2",
      "empty after failure": byTimer(
        "serves 2, reports a change, loads after 60 s",
        "serves 2, reports a change, loads after 60 s, call: 2",
      ),
      fresh: "serves 2, reports a change, loads after 60 s, call: resolves",
      due: "serves 2, reports a change, loads after 60 s",
      overdue: "serves 2, reports a change, loads after 60 s",
      blocked: "serves 2, reports a change, loads after 60 s, call: resolves",
      closed: ignored,
    },
  },
  "load: unchanged": {
    idle: noLoad,
    loading: { empty: nothingToCompare, "empty after failure": nothingToCompare, ...unchanged },
  },
  "load: older": {
    idle: noLoad,
    loading: { empty: nothingToCompare, "empty after failure": nothingToCompare, ...unchanged },
  },
  "load: fails": {
    idle: noLoad,
    loading: {
      empty: byTimer(
        "serves default, reports API_STATUS, loads after 1 s, call: default",
        "serves default, reports API_STATUS, loads after 10 s, call: default",
      ),
      "empty after failure": byTimer(
        "serves default, reports API_STATUS, loads after 2 s",
        "serves default, reports API_STATUS, loads after 10 s, call: default",
      ),
      ...keepsDocument("API_STATUS"),
    },
  },
  "load: is refused": {
    idle: noLoad,
    loading: {
      empty: "serves default, reports API_STATUS, loads after 60 s, call: default",
      "empty after failure": byTimer(
        "serves default, reports API_STATUS, loads after 60 s",
        "serves default, reports API_STATUS, loads after 60 s, call: default",
      ),
      ...keepsDocument("API_STATUS"),
    },
  },
  "load: another environment": {
    idle: noLoad,
    loading: {
      empty: nothingToCompare,
      "empty after failure": nothingToCompare,
      ...keepsDocument("INVALID_RESPONSE"),
    },
  },
  "load: hangs": {
    idle: noLoad,
    loading: {
      empty: byTimer(
        "serves default, reports API_TIMEOUT, loads after 1 s, call: default",
        "serves default, reports API_TIMEOUT, loads after 10 s, call: default",
      ),
      "empty after failure": byTimer(
        "serves default, reports API_TIMEOUT, loads after 2 s",
        "serves default, reports API_TIMEOUT, loads after 10 s, call: default",
      ),
      ...keepsDocument("API_TIMEOUT", 160),
    },
  },
  "load: cannot be stored": {
    idle: noLoad,
    loading: {
      empty: "serves 2, call: 2",
      "empty after failure": byTimer("serves 2", "serves 2, call: 2"),
      fresh: byTimer("serves 2, call: resolves", "serves 2, call: STORAGE_FAILED"),
      due: "serves 2",
      overdue: "serves 2",
      blocked: byTimer("serves 2, call: resolves", "serves 2, call: STORAGE_FAILED"),
      closed: "serves 1, call: CLOSED",
    },
  },
  "storage: newer": {
    idle: noLoad,
    loading: { ...all("serves 2, does not ask the API"), closed: "serves 1, does not ask the API" },
  },
  "storage: older": {
    idle: noLoad,
    loading: {
      empty: "serves 0, asks the API",
      "empty after failure": "serves 0, asks the API",
      ...uselessStorage,
    },
  },
  "storage: forged": {
    idle: noLoad,
    loading: {
      empty: "serves default, asks the API",
      "empty after failure": "serves default, asks the API",
      ...uselessStorage,
    },
  },
  "storage: hangs": {
    idle: noLoad,
    loading: {
      empty: "serves default, asks the API",
      "empty after failure": "serves default, asks the API",
      ...uselessStorage,
    },
  },
  call: {
    idle: {
      empty: "3 after 300 ms, loads: 1",
      "empty after failure": "default after 0 ms, loads: 0",
      fresh: "1 after 0 ms, loads: 0",
      due: byTimer(
        "1 after 0 ms, loads: 0",
        "3 after 300 ms, loads: 1; waitUntil: 1 after 0 ms, loads: 1",
      ),
      overdue: "3 after 300 ms, loads: 1; waitUntil: 1 after 0 ms, loads: 1",
      blocked: "1 after 0 ms, loads: 0",
      closed: "1 after 0 ms, loads: 0",
    },
    loading: {
      empty: "2 after 300 ms, loads: 0",
      "empty after failure": "2 after 300 ms, loads: 0",
      fresh: "1 after 0 ms, loads: 0",
      due: "1 after 0 ms, loads: 0",
      overdue: "2 after 300 ms, loads: 0; waitUntil: 1 after 0 ms, loads: 0",
      blocked: "1 after 0 ms, loads: 0",
      closed: "1 after 0 ms, loads: 0",
    },
  },
  timer: {
    idle: {
      empty: onTimer("no load"),
      "empty after failure": onTimer("loads after 1 s"),
      fresh: onTimer("loads after 50 s"),
      due: onTimer("loads after 0 s"),
      overdue: onTimer("loads after 0 s"),
      blocked: onTimer("loads after 170 s"),
      closed: onTimer("no load"),
    },
    // The request times out after 10 s.
    loading: {
      empty: onTimer("loads after 11 s"),
      "empty after failure": onTimer("loads after 12 s"),
      fresh: onTimer("loads after 70 s"),
      due: onTimer("loads after 70 s"),
      overdue: onTimer("loads after 70 s"),
      blocked: onTimer("loads after 170 s"),
      closed: onTimer("no load"),
    },
  },
  push: {
    idle: {
      empty: noStream,
      "empty after failure": noStream,
      fresh: onTimer("serves 3, loads: 1"),
      // The poll, and the load after the reconnect.
      due: onTimer("serves 3, loads: 2"),
      overdue: onTimer("serves 3, loads: 2"),
      blocked: onTimer("serves 1, loads: 0"),
      closed: closedStream,
    },
    loading: {
      empty: noStream,
      "empty after failure": noStream,
      fresh: onTimer("serves 3, loads: 1"),
      due: onTimer("serves 3, loads: 1"),
      overdue: impossible("the process was stopped, and its stream is lost"),
      blocked: onTimer("serves 3, loads: 1"),
      closed: closedStream,
    },
  },
  "stream is lost": {
    idle: {
      empty: noStream,
      "empty after failure": noStream,
      fresh: onTimer("loads after 50 s"),
      due: onTimer("loads after 0.001 s"),
      overdue: onTimer("loads after 0.001 s"),
      blocked: onTimer("loads after 170 s"),
      closed: closedStream,
    },
    loading: {
      empty: noStream,
      "empty after failure": noStream,
      fresh: onTimer("loads after 60 s"),
      due: onTimer("loads after 60 s"),
      overdue: impossible("the process was stopped, and its stream is lost"),
      blocked: onTimer("loads after 60 s"),
      closed: closedStream,
    },
  },
  update: {
    idle: { ...all("serves 3 after 300 ms, loads: 1"), closed: "CLOSED after 0 ms, loads: 0" },
    // Without shared promises, updates wait for each other only.
    loading: {
      empty: byPromises("serves 3 after 600 ms, loads: 1", "serves 3 after 300 ms, loads: 1"),
      "empty after failure": byPromises(
        "serves 3 after 600 ms, loads: 1",
        "serves 3 after 300 ms, loads: 1",
      ),
      fresh: "serves 3 after 600 ms, loads: 1",
      due: byPromises("serves 3 after 600 ms, loads: 1", "serves 3 after 300 ms, loads: 1"),
      overdue: byPromises("serves 3 after 600 ms, loads: 1", "serves 3 after 300 ms, loads: 1"),
      blocked: "serves 3 after 600 ms, loads: 1",
      closed: "CLOSED after 0 ms, loads: 0",
    },
  },
  close: {
    idle: { ...all("later: 1"), empty: "later: CLOSED", "empty after failure": "later: CLOSED" },
    // Without shared promises, an abort would reach into another request.
    loading: {
      empty: byPromises(
        "aborts the load, call: default, later: CLOSED",
        "call: waits, later: CLOSED",
      ),
      "empty after failure": ({ hasTimer, sharesPromises }) => {
        if (hasTimer) return sharesPromises ? "aborts the load, later: CLOSED" : "later: CLOSED";
        return sharesPromises
          ? "aborts the load, call: default, later: CLOSED"
          : "call: waits, later: CLOSED";
      },
      fresh: byPromises("aborts the load, call: CLOSED, later: 1", "call: waits, later: 1"),
      due: byPromises("aborts the load, later: 1", "later: 1"),
      overdue: byPromises("aborts the load, later: 1", "later: 1"),
      blocked: byPromises("aborts the load, call: CLOSED, later: 1", "call: waits, later: 1"),
      closed: byPromises("aborts the load, call: CLOSED, later: 1", "call: waits, later: 1"),
    },
  },
};
