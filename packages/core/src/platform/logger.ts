/** Receives the messages of the SDK. `console` and the loggers of pino and winston have this type. */
export interface Logger {
  readonly debug?: (message: string) => unknown;
  readonly info?: (message: string) => unknown;
  readonly warn: (message: string) => unknown;
  readonly error: (message: string) => unknown;
}

/** Creates a logger that never throws or rejects. Failures of the user's logger are ignored. Defaults to `console`. */
export function createSafeLogger(logger: Logger = consoleLogger): Required<Logger> {
  const write = (level: keyof Logger) => (message: string) => {
    try {
      // Called as a method, because loggers use `this`.
      Promise.resolve(logger[level]?.(message)).catch(() => undefined);
    } catch {
      // There is no other place to report it.
    }
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

const consoleLogger: Logger = {
  warn: (message) => console.warn(`Flagsmith: ${message}`),
  error: (message) => console.error(`Flagsmith: ${message}`),
};
