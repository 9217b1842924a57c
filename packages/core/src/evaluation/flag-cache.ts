import * as v from "valibot";
import { boolean, flagValue, number, numberOrText, shaped, text } from "../api/schema.ts";
import { copyFlag, type Flag } from "../flags/flag.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { Identity } from "../identity/identity.ts";
import { listTraits } from "../identity/traits.ts";
import type { FlagCache } from "../options/options.ts";
import { sha256 } from "../platform/digest.ts";
import { quietly } from "../platform/guard.ts";
import type { Logger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";

/** Answers from the cache, else loads and remembers. */
export type ReadThrough = (
  identity: Identity | undefined,
  call: Call,
  load: () => Promise<readonly Flag[]>,
) => Promise<Answered>;

/** Flags, and who gave them. */
export interface Answered {
  readonly flags: readonly Flag[];
  readonly source: "remote" | "cache";
}

/** What {@link createReadThrough} needs of the client. */
export interface ReadThroughContext {
  readonly cache: FlagCache;
  readonly environmentKey: string;
  readonly apiUrl: string;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** A cache that takes longer than this is of no use to the call that waits for it. */
const maxWaitMs = 1000;

/** Reads through the user's cache; one that throws, rejects or hangs costs a request, not an answer. */
export function createReadThrough(context: ReadThroughContext): ReadThrough {
  const { cache, environmentKey, apiUrl, timers, logger } = context;
  const useQuietly = quietly(logger, "The cache");

  function guarded(use: () => unknown, call: Call): Promise<unknown> {
    const limitMs = Math.min(maxWaitMs, remainingMs(call, timers));
    const onExpiry = () => {
      throw new Error("the cache took too long");
    };
    const limit = { timers, limitMs, signal: call.signal, onExpiry };
    return useQuietly(() => within<unknown>(limit, use), call.signal);
  }

  return async (identity, call, load) => {
    const key = await sha256(JSON.stringify([environmentKey, apiUrl, ...subjectOf(identity)]));
    const cached = parseCachedFlags(await guarded(() => cache.get(key), call));
    if (cached !== undefined) return { flags: cached, source: "cache" };
    const flags = await load();
    const isKept = guarded(() => cache.set(key, flags.map(copyFlag)), call);
    if (call.waitUntil === undefined) await isKept;
    else call.waitUntil(isKept);
    return { flags, source: "remote" };
  };
}

/** What tells one identity's flags from another's; traits in any order are the same traits. */
function subjectOf(identity: Identity | undefined): readonly unknown[] {
  if (identity === undefined) return [];
  const { identifier, traits, transient } = identity;
  const sorted = listTraits(traits)
    .map(({ key, value, transient }) => [key, value, transient] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [identifier, sorted, transient];
}

// A cache may keep JSON text, which drops the members that are undefined.
const experiment = v.object({ id: numberOrText, name: v.optional(text), inExperiment: boolean });

const flags = v.array(
  v.object({
    featureName: text,
    featureId: v.optional(number),
    enabled: boolean,
    value: flagValue,
    isDefault: v.custom<false>((input) => input === false),
    reason: v.optional(text),
    variant: v.custom<string | null>((input) => input === null || typeof input === "string"),
    experiment: v.optional(experiment),
  }),
);

/** The flags that a cache kept, copied; `undefined` where it gives anything else. */
export function parseCachedFlags(cached: unknown): readonly Flag[] | undefined {
  return shaped(flags, cached)?.map(withAllMembers);
}

function withAllMembers(flag: v.InferOutput<typeof flags>[number]): Flag {
  return {
    ...flag,
    featureId: flag.featureId,
    reason: flag.reason,
    experiment: flag.experiment && { ...flag.experiment, name: flag.experiment.name },
  };
}
