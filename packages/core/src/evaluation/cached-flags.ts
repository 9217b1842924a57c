import { type Flag, isFlagValue, parseExperiment } from "../flags/flag.ts";
import { copyFlags, type FlagsByName } from "../flags/flags.ts";
import { type Call, remainingMs } from "../http/call.ts";
import { guardWithin } from "../http/guard-within.ts";
import type { Identity } from "../identity/identity.ts";
import { listTraits } from "../identity/traits.ts";
import type { FlagCache } from "../options/options.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { sha256 } from "../platform/digest.ts";
import type { Guard } from "../platform/guard.ts";
import { createWarnOnce, type Logger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";

/** A call does not wait longer than this for the cache. */
const maxWaitMs = 1000;

/** A cache that did not respond in time is left alone for this long, so that it does not delay every call. */
const pauseMs = 10_000;

/** Returns the cached flags of an identity or of the environment, or loads them and writes them to the cache. */
export type CachedFlags = (
  identity: Identity | undefined,
  call: Call,
  load: () => Promise<FlagsByName>,
) => Promise<{ readonly flags: FlagsByName; readonly source: "remote" | "cache" }>;

/** Reads remote flags through the user's cache. Calls the API if the cache has no flags, throws or hangs. */
export function createCachedFlags(
  cache: FlagCache,
  client: {
    readonly options: Pick<ParsedOptions, "environmentKey" | "apiUrl">;
    readonly timers: Timers;
    readonly guard: (kind: string) => Guard;
    readonly logger: Pick<Logger, "warn">;
  },
): CachedFlags {
  const { options, timers } = client;
  const guard = client.guard("The cache");
  const warnOnce = createWarnOnce(client.logger);
  /** On the monotonic clock. */
  let pausedUntil = 0;

  /**
   * Runs a function of the cache. Resolves to `undefined` if it fails or takes too long, and during a pause.
   *
   * @param slowMs - starts a pause. Defaults to the limit, but a slow API may leave little time for a write.
   */
  async function attempt<T>(
    work: () => T | Promise<T>,
    call: Call,
    slowMs?: number,
  ): Promise<T | undefined> {
    const startedAt = timers.monotonicNow();
    if (startedAt < pausedUntil) return undefined;
    // Half of the time, because the API needs the rest.
    const limitMs = Math.min(maxWaitMs, remainingMs(call, timers) / 2);
    const result = await guardWithin(guard, { timers, limitMs, signal: call.signal }, work);
    const endedAt = timers.monotonicNow();
    // A timer may fire a little early.
    if (endedAt - startedAt > (slowMs ?? limitMs) * 0.9) pausedUntil = endedAt + pauseMs;
    return result;
  }

  return async (identity, call, load) => {
    // The client's part separates its entries from those of other clients.
    const parts = [options.environmentKey, options.apiUrl, ...listKeyParts(identity)];
    const key = await sha256(JSON.stringify(parts));
    let found: unknown;
    // Checked within the attempt, because members of a cached object may throw.
    const read = async () => {
      found = await cache.get(key);
      return parseCachedFlags(found);
    };
    const cached = await attempt(read, call);
    if (cached) return { flags: cached, source: "cache" };
    if ((found ?? undefined) !== undefined) {
      warnOnce("cache.get did not return the list of flags that cache.set stored. Ignoring it.");
    }
    const flags = await load();
    const writing = attempt(() => cache.set(key, copyFlags(flags)), call, maxWaitMs);
    if (call.waitUntil === undefined) await writing;
    else call.waitUntil(writing);
    return { flags, source: "remote" };
  };
}

/** Lists the parts of the key that identify an identity. The order of its traits does not matter. */
export function listKeyParts(identity: Identity | undefined): readonly unknown[] {
  if (!identity) return [];
  const { identifier, traits, transient } = identity;
  const sorted = listTraits(traits)
    .map(({ key, value, transient }) => [key, value, transient] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [identifier, sorted, transient];
}

/** Checks and copies the result of a cache. Returns `undefined` if it is not a list of flags. */
function parseCachedFlags(cached: unknown): FlagsByName | undefined {
  if (!Array.isArray(cached)) return undefined;
  const flags = new Map<string, Flag>();
  for (const entry of cached) {
    const flag = parseCachedFlag(entry);
    if (!flag) return undefined;
    flags.set(flag.featureName, flag);
  }
  return flags;
}

/** A member that is `undefined` may be missing, as in JSON, or `null`, as in BSON and MessagePack. */
function parseCachedFlag(cached: unknown): Flag | undefined {
  const { featureName, featureId, enabled, value, isDefault, reason, variant, experiment } =
    Object(cached);
  const parsed = parseExperiment(experiment);
  const isValid =
    typeof featureName === "string" &&
    typeof (featureId ?? 0) === "number" &&
    typeof enabled === "boolean" &&
    isFlagValue(value) &&
    isDefault === false &&
    typeof (reason ?? "") === "string" &&
    (variant === null || typeof variant === "string") &&
    !parsed === !experiment;
  if (!isValid) return undefined;
  return {
    featureName,
    featureId: featureId ?? undefined,
    enabled,
    value,
    isDefault,
    reason: reason ?? undefined,
    variant,
    experiment: parsed,
  };
}
