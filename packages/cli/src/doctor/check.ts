/** The result of one check. */
export interface Check {
  readonly name: string;
  /** `skipped`: it needs something that is missing. */
  readonly status: "ok" | "warning" | "failed" | "skipped";
  readonly message: string;
  /** Advice for the user. `null` if the check has found no problem. */
  readonly advice: string | null;
}

/** Creates the result of a check without a problem. */
export function pass(name: string, message: string): Check {
  return { name, status: "ok", message, advice: null };
}

/** Creates the result of a check that could not be made. */
export function skip(name: string, message: string): Check {
  return { name, status: "skipped", message, advice: null };
}

/** Creates the result of a check with a problem that lets the SDK work. */
export function warn(name: string, message: string, advice: string): Check {
  return { name, status: "warning", message, advice };
}

/** Creates the result of a check with a problem that breaks the SDK. */
export function fail(name: string, message: string, advice: string): Check {
  return { name, status: "failed", message, advice };
}
