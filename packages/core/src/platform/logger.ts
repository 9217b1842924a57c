/** Where the SDK reports what it cannot throw; `console`, pino, winston and the like all fit. */
export interface Logger {
  readonly debug?: (message: string) => unknown;
  readonly info?: (message: string) => unknown;
  readonly warn: (message: string) => unknown;
  readonly error: (message: string) => unknown;
}

/** A logger that never throws or rejects into the caller: a failing one is silently ignored. */
export function quietLogger(logger: Logger): Required<Logger> {
  const write = (level: keyof Logger) => (message: string) => {
    try {
      // Called as a method: loggers keep their state in `this`.
      Promise.resolve(logger[level]?.(message)).catch(() => undefined);
    } catch {
      // A logger that fails has nobody left to tell.
    }
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
