import type { Call } from "../api/call.ts";
import type { Environment } from "../environment/environment.ts";
import type { EnvironmentProvider } from "../environment/environment-provider.ts";
import type { FlagSource, Flags } from "../flags/flags.ts";
import type { Identity } from "../identity/identity.ts";
import { evaluatedFlags } from "./evaluated-flags.ts";
import type { EnvironmentEvaluator } from "./flag-evaluator.ts";
import { createSnapshot, segmentsOf } from "./snapshot.ts";

/** What {@link createLocalEvaluator} needs of the client. */
export interface LocalEvaluatorContext {
  readonly provider: EnvironmentProvider;
  readonly onMissing: FlagSource["onMissing"];
}

/** Local evaluation: the compiled environment answers, without a promise once it is there. */
export function createLocalEvaluator(context: LocalEvaluatorContext): EnvironmentEvaluator {
  const { provider, onMissing } = context;

  // Local environment flags ignore segments, as the API's do.
  const environmentFlags = ({ compiled }: Environment): Flags =>
    evaluatedFlags(compiled.evaluateWithoutSegments(), onMissing);
  const identityFlags = ({ compiled }: Environment, identity: Identity): Flags =>
    evaluatedFlags(compiled.evaluate(identity), onMissing);

  return {
    environmentFlags: (call) => {
      const environment = provider.current();
      return environment
        ? environmentFlags(environment)
        : provider.ready(call).then(environmentFlags);
    },
    identityFlags: (identity: Identity, call: Call) => {
      const environment = provider.current();
      if (environment !== undefined) return identityFlags(environment, identity);
      return provider.ready(call).then((loaded) => identityFlags(loaded, identity));
    },
    identitySegments: async (identity, call) =>
      segmentsOf((await provider.ready(call)).compiled, identity),
    snapshot: async (call) => createSnapshot(await provider.ready(call), onMissing),
  };
}
