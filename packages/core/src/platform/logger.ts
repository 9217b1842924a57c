/** Receives the messages of the SDK. `console` and the loggers of pino and winston have this type. */
export interface Logger {
  readonly debug?: (message: string) => unknown;
  readonly info?: (message: string) => unknown;
  readonly warn: (message: string) => unknown;
  readonly error: (message: string) => unknown;
}

/** The levels of the console logger. Each includes those that follow it. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** The least level that the console logger prints. */
export type LogLevel = (typeof logLevels)[number];

/** The logger of a client. Debug messages are created only if they are logged. */
export interface ClientLogger extends Required<Logger> {
  readonly debug: (message: string | (() => string)) => void;
}

/**
 * Creates a logger that never throws or rejects. Failures of the user's logger are ignored.
 *
 * @param logger - defaults to `console`.
 * @param level - the least level that is printed to `console`.
 */
export function createSafeLogger(logger?: Logger, level: LogLevel = "info"): ClientLogger {
  const target = logger ?? createConsoleLogger(level);
  const write = (name: keyof Logger) => (message: string | (() => string)) => {
    try {
      if (target[name] === undefined) return;
      const text = escapeControls(typeof message === "string" ? message : message());
      // Called as a method, because loggers use `this`.
      Promise.resolve(target[name]?.(text)).catch(() => undefined);
    } catch {
      // There is no other place to report it.
    }
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** Escapes line breaks and terminal sequences, so that names and errors from outside cannot forge a line. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const json = JSON.stringify(character).slice(1, -1);
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return json === character ? `\\u${code}` : json;
  });
}

/** Quotes, escapes and shortens a key or a name. In plain JavaScript, the name of a feature may be anything. */
export function quoteName(name: string): string {
  try {
    return JSON.stringify(name?.length > 60 ? `${name.slice(0, 60)}…` : name);
  } catch {
    return typeof name;
  }
}

/** Creates a function that logs each warning once, and no more than `maxWarnings` different ones. */
export function createWarnOnce(
  logger: Pick<Logger, "warn">,
  maxWarnings = 1000,
): (message: string) => void {
  const logged = new Set<string>();
  return (message) => {
    if (logged.has(message) || logged.size >= maxWarnings) return;
    logged.add(message);
    logger.warn(message);
  };
}

function createConsoleLogger(level: LogLevel): Partial<Logger> {
  const print = (name: keyof Logger) =>
    logLevels.indexOf(name) < logLevels.indexOf(level)
      ? {}
      : { [name]: (message: string) => console[name](`Flagsmith: ${message}`) };
  return { ...print("debug"), ...print("info"), ...print("warn"), ...print("error") };
}
