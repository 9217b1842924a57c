import { copyFlag, type Flag } from "../flags/flag.ts";
import { type Call, remainingMs, within } from "../http/call.ts";
import type { Identity } from "../identity/identity.ts";
import { listTraits } from "../identity/traits.ts";
import type { FlagCache } from "../options/options.ts";
import type { ParsedOptions } from "../options/parse-options.ts";
import { sha256 } from "../platform/digest.ts";
import type { Guard } from "../platform/guard.ts";
import type { Timers } from "../platform/platform.ts";
import { parseCachedFlags } from "./cached-flags.ts";

/** A call does not wait longer than this for the cache. */
const maxWaitMs = 1000;

/** Reads remote flags through the user's cache. If the cache throws or hangs, the API is asked. */
export class CachedFlags {
  readonly #cache: FlagCache;
  /** What tells this client's entries from those of others. */
  readonly #clientKey: readonly string[];
  readonly #timers: Timers;
  readonly #guard: Guard;

  constructor(
    cache: FlagCache,
    client: {
      readonly options: Pick<ParsedOptions, "environmentKey" | "apiUrl">;
      readonly timers: Timers;
      readonly guard: (kind: string) => Guard;
    },
  ) {
    this.#cache = cache;
    this.#clientKey = [client.options.environmentKey, client.options.apiUrl];
    this.#timers = client.timers;
    this.#guard = client.guard("The cache");
  }

  /** Returns the cached flags, or loads and stores them. */
  async get(
    identity: Identity | undefined,
    call: Call,
    load: () => Promise<readonly Flag[]>,
  ): Promise<{ readonly flags: readonly Flag[]; readonly source: "remote" | "cache" }> {
    const key = await sha256(JSON.stringify([...this.#clientKey, ...listKeyParts(identity)]));
    const cached = parseCachedFlags(await this.#limit(() => this.#cache.get(key), call));
    if (cached !== undefined) return { flags: cached, source: "cache" };
    const flags = await load();
    const isStored = this.#limit(() => this.#cache.set(key, flags.map(copyFlag)), call);
    if (call.waitUntil === undefined) await isStored;
    else call.waitUntil(isStored);
    return { flags, source: "remote" };
  }

  #limit(work: () => unknown, call: Call): Promise<unknown> {
    const limitMs = Math.min(maxWaitMs, remainingMs(call, this.#timers));
    const onExpiry = () => {
      throw new Error(`no response within ${limitMs / 1000} s`);
    };
    const limit = { timers: this.#timers, limitMs, signal: call.signal, onExpiry };
    return this.#guard(() => within<unknown>(limit, work), { signal: call.signal });
  }
}

/** The parts of the key that tell identities apart. The order of traits does not matter. */
function listKeyParts(identity: Identity | undefined): readonly unknown[] {
  if (identity === undefined) return [];
  const { identifier, traits, transient } = identity;
  const sorted = listTraits(traits)
    .map(({ key, value, transient }) => [key, value, transient] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [identifier, sorted, transient];
}
