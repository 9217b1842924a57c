import type { Command } from "../command.ts";
import { listOptions } from "./words.ts";

/** Creates the completion for fish. */
export function createFishCompletion(program: string, commands: readonly Command[]): string {
  const complete = (...parts: readonly string[]) => ["complete", "-c", program, ...parts].join(" ");
  const lines = commands.flatMap((command) => {
    const isChosen = ["-n", quote(`__fish_seen_subcommand_from ${command.name}`)];
    const options = listOptions(command).map(({ name, value, option }) => {
      const choices = option.choices === undefined ? [] : ["-a", quote(option.choices.join(" "))];
      const kind = option.isPath ? ["-r", "-F"] : ["-x", ...choices];
      const description = ["-d", quote(option.description)];
      return complete(
        ...isChosen,
        "-l",
        name,
        ...(value === undefined ? [] : kind),
        ...description,
      );
    });
    const args = (command.arguments ?? []).flatMap(({ choices, isPath }) => {
      if (choices !== undefined) return [complete(...isChosen, "-a", quote(choices.join(" ")))];
      return isPath ? [complete(...isChosen, "-F")] : [];
    });
    const summary = ["-a", command.name, "-d", quote(command.summary)];
    return [complete("-n", "__fish_use_subcommand", ...summary), ...options, ...args];
  });
  return `# Completion of ${program} for fish.\n${[complete("-f"), ...lines].join("\n")}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
}
