import { explain, formatExplanation } from "flagsmith-isomorphic/explain";
import { type Command, jsonOption } from "../command.ts";
import { createOfflineClient, documentOptions, loadDocument } from "../environment-document.ts";
import { createUnknownFeatureError, createUsageError, exitCodes } from "../exit-code.ts";
import { identityOptions, readSubject } from "../identity.ts";
import { escapeControls, printJson } from "../text.ts";

/** Explains a flag. */
export const explainCommand: Command = {
  name: "explain",
  summary: "Explains why a flag has its value: overrides, segments, conditions and variants",
  details: "Needs the environment document: a server-side key, or --document with a file.",
  arguments: [{ name: "<feature>", description: "the name of the feature" }],
  options: [...identityOptions, ...documentOptions, jsonOption],
  examples: [
    "explain max_items --identity user-42 --trait plan=gold",
    "explain max_items --identity user-42 --document environment.json --json",
    "explain dark_mode",
  ],
  run: async (input, ports) => {
    const { identifier, traits } = readSubject(input);
    if (identifier === undefined && Object.keys(traits).length > 0) {
      throw createUsageError(
        "--trait needs --identity: the flags of the environment have no traits.",
      );
    }
    const [feature = ""] = input.arguments;
    const { document } = await loadDocument(input, ports);
    const snapshot = await createOfflineClient(document).getSnapshot();
    const explanation = explain(snapshot, feature, identifier, traits);
    if (explanation.considered.length === 0) throw createUnknownFeatureError(feature);
    if (input.has("json")) printJson(ports.stdout, explanation);
    else {
      const lines = formatExplanation(explanation).split("\n");
      ports.stdout.write(`${lines.map(escapeControls).join("\n")}\n`);
    }
    return exitCodes.success;
  },
};
