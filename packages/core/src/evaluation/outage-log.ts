import type { Logger } from "../ports/logger.ts";

/** Says of an outage what stands in, once and not with every call. */
export interface OutageLog {
  /** Says it, unless it was the last thing that was said. */
  readonly fell: (message: string) => void;
  /** An answer has come: the next outage is another. */
  readonly rose: () => void;
}

/** Makes the log of one client. */
export function createOutageLog(logger: Logger): OutageLog {
  const said = new Set<string>();
  return {
    fell: (message) => {
      // One outage has few causes, but a server may word each anew.
      if (said.has(message) || said.size >= 20) return;
      said.add(message);
      logger.warn(message);
    },
    rose: () => said.clear(),
  };
}
