import { type Command, jsonOption } from "../command.ts";
import { createBashCompletion } from "../completion/bash.ts";
import { createFishCompletion } from "../completion/fish.ts";
import { createZshCompletion } from "../completion/zsh.ts";
import { exitCodes } from "../exit-code.ts";
import { programName } from "../run-cli.ts";
import { printJson } from "../text.ts";

const shells = {
  bash: createBashCompletion,
  zsh: createZshCompletion,
  fish: createFishCompletion,
};

/** Creates the command that prints the completion of a shell. */
export function createCompletionCommand(others: readonly Command[]): Command {
  const command: Command = {
    name: "completion",
    summary: "Prints the completion of a shell",
    arguments: [
      { name: "<shell>", description: "bash, zsh or fish", choices: Object.keys(shells) },
    ],
    options: [jsonOption],
    examples: [
      "completion bash > ~/.local/share/bash-completion/completions/flagsmith-isomorphic",
      "completion zsh > ~/.zfunc/_flagsmith-isomorphic",
      "completion fish > ~/.config/fish/completions/flagsmith-isomorphic.fish",
    ],
    run: (input, { stdout }) => {
      // Another shell is refused before.
      const shell = input.arguments[0] as keyof typeof shells;
      const script = shells[shell](programName, [...others, command]);
      if (input.has("json")) printJson(stdout, { shell, script });
      else stdout.write(script);
      return exitCodes.success;
    },
  };
  return command;
}
