import { compileEnvironmentDocument } from "@flagsmith-isomorphic/core/engine";
import { writeEnvironmentDocument } from "../../workload/environment-document.ts";
import type { Answer, Identity } from "../../workload/workload.ts";
import type { Client, Contender } from "../contender.ts";

/** Our engine without the client around it: what is left is parsing, compiling and evaluating. */
export const oursEngine: Contender = {
  agreesOn: "every flag",
  configure: writeEnvironmentDocument,
  load: loadEngine,
};

async function loadEngine(configuration: string): Promise<Client> {
  let environment = compile(configuration);
  return {
    prepare: (identity) => identity,
    ask: (subject, { flag, kind }) => {
      const answer = environment.evaluate(subject as Identity).flag(flag);
      if (answer === undefined) return null;
      return kind === "toggle" ? answer.enabled : (answer.value as Answer);
    },
    askAll: (subject) => environment.evaluate(subject as Identity).flags().length,
    inspect: (subject) => {
      const flags = environment.evaluate(subject as Identity).flags();
      return new Map(flags.map(({ name, enabled, value }) => [name, { enabled, value }]));
    },
    refresh: async (text) => {
      environment = compile(text);
    },
    close: () => {},
  };
}

function compile(text: string) {
  const outcome = compileEnvironmentDocument(JSON.parse(text));
  if ("refused" in outcome) throw new Error(`The document was refused at ${outcome.refused}.`);
  return outcome.value;
}
