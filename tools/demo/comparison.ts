/** Name, state and value of a flag: what remote and local evaluation must agree on. */
export type FlagRow = readonly [name: string, enabled: boolean, value: unknown];

/** How flags compare with those that remote evaluation shows. */
export interface Comparison {
  readonly doAgree: boolean;
  /** Disabled flags that an environment with `hide_disabled_flags` shows to local evaluation only. */
  readonly hidden: number;
}

/** Compares the flags that remote evaluation shows; of others, only disabled ones are excused. */
export function compare(remote: readonly FlagRow[], others: readonly FlagRow[]): Comparison {
  const shown = new Set(remote.map(([name]) => name));
  const compared = others.filter(([name, enabled]) => enabled || shown.has(name));
  return {
    doAgree: JSON.stringify(compared) === JSON.stringify(remote),
    hidden: others.length - compared.length,
  };
}

/** What to say after "agree on every flag": nothing where none was left out. */
export function remarkOn(hidden: number): string {
  if (hidden === 0) return "";
  return ` that remote evaluation shows (it hides disabled ones, here ${hidden})`;
}
