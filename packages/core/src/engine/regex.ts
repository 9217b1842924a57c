export function compileRegex(pattern: string): { test(text: string): boolean } | string {
  try {
    const r = new RegExp(`^(?:${pattern})`, "su");
    return { test: (t) => r.test(t) };
  } catch {
    return "invalid";
  }
}
