import type { RunPart } from "../part.ts";
import { groupResults } from "../results.ts";

/** Creates a part that consists of one command, which explains its failures itself. */
export function createCommandPart(command: string, runCommand: () => Promise<boolean>): RunPart {
  return async (_selection, { group }) => {
    const isSuccess = await runCommand();
    const result = isSuccess ? {} : { failure: "see the output above" };
    group(groupResults("", [{ name: command, ...result }]));
  };
}
