declare function addEventListener(
  type: "error" | "unhandledrejection",
  listener: (event: {
    readonly error?: unknown;
    readonly reason?: unknown;
    preventDefault?(): void;
  }) => void,
): void;

/** Collects uncaught errors and unhandled rejections from now on, on runtimes that report them as events. */
export function collectUnhandledErrors(): readonly unknown[] {
  const errors: unknown[] = [];
  for (const type of ["error", "unhandledrejection"] as const) {
    addEventListener(type, (event) => {
      // Otherwise Deno ends the process.
      event.preventDefault?.();
      errors.push(type === "error" ? event.error : event.reason);
    });
  }
  return errors;
}
