import type { LoaderOptions } from "./document-loader.ts";
import type { Load, Stage } from "./load.ts";
import type { RefreshSchedule } from "./refresh-schedule.ts";

/** How long a call with an answer, or after a failure, waits for a load. */
const maxCallWaitMs = 1000;

/** How long a call waits for the write of a load that ends with its request. */
const maxWriteWaitMs = 4000;

/** The facts that decide what a call waits for. */
interface CallFacts
  extends Pick<RefreshSchedule, "isBlocked" | "isStorageDue" | "patienceMs">,
    Pick<LoaderOptions, "sharesPromises" | "timeoutMs"> {
  /** The age of the document in memory. `fresh` also while a backoff forbids a load. */
  readonly document: "missing" | RefreshSchedule["age"];
  /** The load that the call has started, or the one in flight. */
  readonly load: Pick<Load, "ageMs" | "isForced" | "stage"> | undefined;
  /** Whether the call has started the load. */
  readonly isOwn: boolean;
  readonly hasTimer: boolean;
  readonly hasWaitUntil: boolean;
  /** Whether the call waits for a first document until its deadline. */
  readonly isPatient: boolean;
  /** The time until the call's deadline. */
  readonly remainingMs: number;
}

/** A wait of a call. */
export interface CallPlan {
  /** Whether to start a load, or to wait for the one in flight. */
  readonly load: "start" | "join";
  /** `document` also ends if the load fails. */
  readonly until: Exclude<Stage, "started"> | "document";
  /** 0 if the load continues without the call. */
  readonly maxMs: number;
  /**
   * The result of the wait after `maxMs`: the `answer` from memory, an answer and `longer` waits of later calls, or
   * another load that will `replace` this one, which was probably cancelled with its request.
   */
  readonly onTimeout: "answer" | "longer" | "replace";
}

/** Decides what a call waits for next. Returns `undefined` if it can be answered. */
export function planCall(facts: CallFacts): CallPlan | undefined {
  const { document, load } = facts;
  if (load?.stage === "stored") return undefined;
  if (load?.stage === "loaded") {
    return endsWithRequest(facts)
      ? { load: "join", until: "stored", maxMs: maxWriteWaitMs, onTimeout: "answer" }
      : undefined;
  }
  if (document === "missing") return planFirstLoad(facts);
  return planRefresh(isLost(facts) ? { ...facts, load: undefined } : facts);
}

function planFirstLoad(facts: CallFacts): CallPlan | undefined {
  const { isBlocked, isStorageDue, isPatient, remainingMs } = facts;
  // A forced load does not read the storage, which may answer sooner than the API.
  const load = facts.load && !(facts.load.isForced && isStorageDue) ? "join" : "start";
  const until = "document";
  // During a backoff only the storage is read.
  if (load === "start" && isBlocked && !isStorageDue) return undefined;
  if (!isPatient) return { load, until, maxMs: computeCallWaitMs(facts), onTimeout: "answer" };
  const isReliable = load === "start" || facts.isOwn || facts.sharesPromises;
  if (isReliable) return { load, until, maxMs: remainingMs, onTimeout: "answer" };
  // The other half is left for a load of its own.
  return { load, until, maxMs: remainingMs / 2, onTimeout: "replace" };
}

function planRefresh(facts: CallFacts): CallPlan | undefined {
  const { document, hasTimer, hasWaitUntil } = facts;
  const load = facts.load ? "join" : "start";
  // Without timers, memory is trusted until the storage is due. `waitUntil` does not replace this wait.
  if (load === "start" && !hasTimer && facts.isStorageDue) {
    return { load, until: "storageRead", maxMs: maxCallWaitMs, onTimeout: "answer" };
  }
  // The timer starts the refresh of a due document.
  if (document === "fresh" || (document === "due" && hasTimer)) return undefined;
  const until = "loaded";
  if (endsWithRequest(facts)) {
    return { load, until, maxMs: facts.patienceMs, onTimeout: "longer" };
  }
  const isUsable = document === "due" || (document === "overdue" && hasWaitUntil);
  return { load, until, maxMs: isUsable ? 0 : computeCallWaitMs(facts), onTimeout: "answer" };
}

/** Whether the process was stopped while the load was in flight, so that its connection may be dead. */
function isLost({ document, load, isOwn, timeoutMs }: CallFacts): boolean {
  const isOverdue = document === "overdue" || document === "expired";
  return load !== undefined && !isOwn && isOverdue && load.ageMs >= timeoutMs;
}

/** Whether the runtime cancels the load, or the one to start, when the call is answered. */
function endsWithRequest({ load, isOwn, hasTimer, hasWaitUntil }: CallFacts): boolean {
  return (!load || isOwn) && !hasTimer && !hasWaitUntil;
}

/** All calls wait for the same second, which begins with the load. */
function computeCallWaitMs({ load }: CallFacts): number {
  return maxCallWaitMs - (load?.ageMs ?? 0);
}
