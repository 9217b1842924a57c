/** The exit codes of all commands. */
export const exitCodes = {
  success: 0,
  /** The command could not do its work: the API failed, or a file is missing or invalid. */
  failure: 1,
  /** The arguments, options or settings are wrong. */
  usage: 2,
  /** The command did its work, and found a problem: a difference, an unknown feature, a failed check. */
  finding: 3,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An error that ends a command with one line and an exit code. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = exitCodes.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Creates the error for a wrong argument, option or setting. */
export function createUsageError(message: string): CommandError {
  return new CommandError(message, exitCodes.usage);
}

/** Creates the error for a feature that the environment does not have. */
export function createUnknownFeatureError(feature: string): CommandError {
  return new CommandError(`There is no feature ${JSON.stringify(feature)} in the environment.`);
}

/** Waits for the operating system. @throws CommandError with the problem, and the code of the system's error */
export function withErrorCode<T>(task: Promise<T>, problem: string): Promise<T> {
  return task.catch((error: unknown) => {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new CommandError(`${problem} (${code}).`);
  });
}
