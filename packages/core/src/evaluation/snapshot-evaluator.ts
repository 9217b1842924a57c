import type { Calls } from "../api/call.ts";
import { parseIdentity } from "../identity/identity.ts";
import type { FlagEvaluator, SnapshotSource } from "./flag-evaluator.ts";

/** Local evaluation: the snapshot at hand answers, and only the first calls wait for one. */
export function createSnapshotEvaluator(
  source: SnapshotSource,
  calls: Pick<Calls, "begin">,
): FlagEvaluator {
  return {
    environmentFlags: (options) => {
      options?.signal?.throwIfAborted();
      const snapshot = source.current();
      if (snapshot !== undefined) return snapshot.environmentFlags();
      return source.load(calls.begin(options)).then((loaded) => loaded.environmentFlags());
    },
    identityFlags: (identifier, traits, options) => {
      options?.signal?.throwIfAborted();
      const snapshot = source.current();
      if (snapshot !== undefined) return snapshot.identityFlags(identifier, traits);
      // Checked and copied before the wait, during which the caller may change them.
      const identity = parseIdentity({ identifier, traits });
      return source
        .load(calls.begin(options))
        .then((loaded) => loaded.identityFlags(identifier, identity.traits));
    },
  };
}
