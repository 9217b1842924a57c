import { copyFlag, type Flag } from "./flag.ts";
import { type FlagSource, Flags } from "./flags.ts";

/** {@link Flags} of a list that is already complete. */
export function flagsOf(
  list: readonly Flag[],
  { onMissing, origin }: Pick<FlagSource, "onMissing" | "origin">,
): Flags {
  const byName = new Map(list.map((flag) => [flag.featureName, flag]));
  return new Flags({
    peek: (featureName) => byName.get(featureName),
    lookup: (featureName) => {
      const flag = byName.get(featureName);
      return flag && copyFlag(flag);
    },
    all: () => Array.from(byName.values(), copyFlag),
    onMissing,
    origin,
  });
}
