import type { Command, CommandArgument, CommandOption } from "../command.ts";
import { listOptions } from "./words.ts";

/** Creates the completion for zsh. */
export function createZshCompletion(program: string, commands: readonly Command[]): string {
  const descriptions = commands.map(({ name, summary }) =>
    quote(`${name}:${escapeSpecification(summary)}`),
  );
  const cases = commands.map((command) => {
    const options = listOptions(command).map(({ name, value, option }) => {
      const message =
        value === undefined ? "" : `:${escapeSpecification(value)}:${complete(option)}`;
      const prefix = option.isRepeatable ? "*" : "";
      return quote(`${prefix}--${name}[${escapeSpecification(option.description)}]${message}`);
    });
    const args = (command.arguments ?? []).map((argument) => {
      const isRepeatable = argument.name.includes("...");
      const message = argument.name.replaceAll(/[[\]<>.]/g, "");
      return quote(`${isRepeatable ? "*" : ""}:${message}:${complete(argument)}`);
    });
    return `        ${command.name}) _arguments ${[...options, ...args].join(" ")} ;;`;
  });
  const functionName = `_${program}`;
  return `#compdef ${program}
# Completion of ${program} for zsh.
${functionName}() {
  local curcontext="$curcontext" state line
  local -a commands
  commands=(${descriptions.join(" ")})
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $line[1] in
${cases.join("\n")}
      esac ;;
  esac
}
if [[ $funcstack[1] == ${functionName} ]]; then
  ${functionName} "$@"
else
  compdef ${functionName} ${program}
fi
`;
}

function complete({ choices, isPath }: CommandOption | CommandArgument): string {
  if (choices !== undefined) return `(${choices.join(" ")})`;
  // The list of no words. A message instead would keep zsh from completing options at the place of an argument.
  return isPath ? "_files" : "()";
}

/** Colons and brackets separate the parts of a specification. */
function escapeSpecification(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, (character) => `\\${character}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
