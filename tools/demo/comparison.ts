/** Name, state and value of a flag, which must be equal in remote and local evaluation. */
export type FlagRow = readonly [name: string, enabled: boolean, value: unknown];

/** Result of comparing flags with those of remote evaluation. */
interface Comparison {
  readonly isEqual: boolean;
  /** Number of disabled flags that remote evaluation omits, because the environment has `hide_disabled_flags`. */
  readonly hiddenCount: number;
}

/** Compares flags with those of remote evaluation. Disabled flags that it omits are not compared. */
export function compareFlags(remote: readonly FlagRow[], others: readonly FlagRow[]): Comparison {
  const remoteNames = new Set(remote.map(([name]) => name));
  const compared = others.filter(([name, enabled]) => enabled || remoteNames.has(name));
  return {
    isEqual: JSON.stringify(compared) === JSON.stringify(remote),
    hiddenCount: others.length - compared.length,
  };
}

/** Formats the end of a sentence about equal flags: empty if remote evaluation omits none. */
export function formatHidden(hiddenCount: number): string {
  return hiddenCount === 0 ? "" : `, except ${hiddenCount} disabled flags that the API hides`;
}
