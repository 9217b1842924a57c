declare function addEventListener(
  type: "unhandledrejection",
  listener: (event: { readonly reason: unknown; preventDefault?(): void }) => void,
): void;

/** Every rejection from now on that nobody handles, where they are events. */
export function unhandledRejections(): readonly unknown[] {
  const reasons: unknown[] = [];
  addEventListener("unhandledrejection", (event) => {
    // Else Deno ends here.
    event.preventDefault?.();
    reasons.push(event.reason);
  });
  return reasons;
}
