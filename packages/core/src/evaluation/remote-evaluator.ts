import type { FlagsmithApi } from "../api/flags-api.ts";
import { type FlagReader, flagsOf } from "../flags/flags.ts";
import type { Calls } from "../http/call.ts";
import { parseIdentity } from "../identity/identity.ts";
import { assertServerAccepts } from "../identity/server-limits.ts";
import type { FlagEvaluator } from "./evaluator.ts";
import type { ReadThrough } from "./flag-cache.ts";

/** What {@link createRemoteEvaluator} needs of the client. */
export interface RemoteEvaluatorContext {
  readonly api: FlagsmithApi;
  readonly calls: Pick<Calls, "begin">;
  readonly readThrough: ReadThrough | undefined;
  readonly onMissing: FlagReader["onMissing"];
}

/** Remote evaluation: the API answers, one request per call. */
export function createRemoteEvaluator(context: RemoteEvaluatorContext): FlagEvaluator {
  const { api, calls, onMissing, readThrough = asked } = context;
  const answer = async (...question: Parameters<ReadThrough>) => {
    const { flags, source } = await readThrough(...question);
    return flagsOf(flags, { onMissing, source });
  };
  return {
    environmentFlags: async (options) => {
      const call = calls.begin(options);
      return answer(undefined, call, () => api.environmentFlags(call));
    },
    identityFlags: async (identifier, traits, options) => {
      const call = calls.begin(options);
      const identity = parseIdentity({ identifier, traits, transient: options?.transient });
      assertServerAccepts(identity);
      return answer(identity, call, () => api.identityFlags(identity, call));
    },
  };
}

const asked: ReadThrough = async (_identity, _call, load) => ({
  flags: await load(),
  source: "remote",
});
