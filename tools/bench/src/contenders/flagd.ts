import type { EvaluationContext } from "@openfeature/core";
import { FlagdCore } from "@openfeature/flagd-core";
import type { Identity } from "../workload/workload.ts";
import type { Client, Contender, Question } from "./contender.ts";
import { writeFlagdConfiguration } from "./flagd-configuration.ts";

/** flagd's in-process evaluator, rules compiled to JavaScript. */
export const flagd: Contender = {
  agreesOn: "flags without percentage rules",
  configure: writeFlagdConfiguration,
  load: loadFlagd,
};

async function loadFlagd(configuration: string): Promise<Client> {
  const core = new FlagdCore();
  core.setConfigurations(configuration);
  return {
    prepare: ({ identifier, traits }: Identity) => ({ targetingKey: identifier, ...traits }),
    ask: (subject, { flag, kind }: Question) => {
      const context = subject as EvaluationContext;
      return kind === "toggle"
        ? core.resolveBooleanEvaluation(flag, false, context).value
        : core.resolveStringEvaluation(flag, "", context).value;
    },
    askAll: (subject) => core.resolveAll(subject as EvaluationContext).length,
    refresh: async (text) => {
      core.setConfigurations(text);
    },
    close: () => {},
  };
}
