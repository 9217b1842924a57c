import type { Command } from "../command.ts";
import { listOptions } from "./words.ts";

/** Creates the completion for bash. Without a match, bash completes the names of files. */
export function createBashCompletion(program: string, commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const values = commands.flatMap((command) =>
    listOptions(command).flatMap(({ name, value, option }) => {
      if (value === undefined) return [];
      const words = (option.choices ?? []).join(" ");
      return [`    "${command.name} --${name}") words="${words}" ;;`];
    }),
  );
  const words = commands.map((command) => {
    const options = listOptions(command).map(({ name }) => `--${name}`);
    const choices = (command.arguments ?? []).flatMap((argument) => argument.choices ?? []);
    return [
      `        ${command.name})`,
      `          [[ $current == -* ]] && words="${options.join(" ")}" || words="${choices.join(" ")}" ;;`,
    ].join("\n");
  });
  const functionName = `_${program.replaceAll("-", "_")}`;
  return `# Completion of ${program} for bash.
${functionName}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case "$word" in
      ${names.join("|")}) command="$word"; break ;;
    esac
  done
  case "$command $previous" in
${values.join("\n")}
    *)
      case "$command" in
        "") words="${[...names, "help", "--help", "--version"].join(" ")}" ;;
${words.join("\n")}
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F ${functionName} ${program}
`;
}
