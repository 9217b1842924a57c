import type { AnyFlags } from "./clients.ts";

/** The answer to a question, by aspect. A difference in one aspect is one difference. */
export type Answers = Readonly<Record<string, unknown>>;

/** Describes all flags: their order, and each flag. */
export function describeFlags(flags: AnyFlags): Answers {
  const list = flags.allFlags();
  const rows = list.map(({ featureName, featureId, enabled, value, isDefault, reason }) => {
    const flag = { featureId, enabled, value, isDefault, reason };
    return [`flag ${featureName}`, flag] as const;
  });
  return { order: list.map(({ featureName }) => featureName), ...Object.fromEntries(rows) };
}

/** Describes the reads of one feature. */
export function describeFlag(flags: AnyFlags, featureName: string): Answers {
  const { enabled, value, isDefault } = flags.getFlag(featureName);
  return {
    enabled: flags.isFeatureEnabled(featureName),
    value: flags.getFeatureValue(featureName),
    flag: { enabled, value, isDefault },
  };
}

/** Describes the outcome of a call: its result or its error. */
export async function describeOutcome<T>(
  run: () => Promise<T>,
  describe: (result: T) => Answers = () => ({}),
): Promise<Answers> {
  try {
    return { outcome: "resolves", ...describe(await run()) };
  } catch (error) {
    const { name, cause } = error as Error;
    return {
      outcome: "rejects",
      error: name,
      cause: cause instanceof Error ? cause.name : undefined,
    };
  }
}

/** Formats an answer as text. Shows `undefined`, which JSON leaves out. */
export function format(answer: unknown): string {
  const show = (_name: string, value: unknown) => {
    if (value === undefined) return "(undefined)";
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  };
  return JSON.stringify(answer, show) ?? "(undefined)";
}
