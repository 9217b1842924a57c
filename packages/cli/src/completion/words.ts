import type { Command, CommandOption } from "../command.ts";

const helpOption: CommandOption = { flags: "--help", description: "print the help" };

/** An option as shells see it. */
interface OptionWords {
  /** Without dashes. */
  readonly name: string;
  /** The name of the value. `undefined` for an option without one. */
  readonly value: string | undefined;
  readonly option: CommandOption;
}

/** Lists the options of a command. */
export function listOptions({ options }: Command): readonly OptionWords[] {
  return [...options, helpOption].map((option) => {
    const [, name = "", value] = /^--([\w-]+)(?: <(.+)>)?$/.exec(option.flags) ?? [];
    return { name, value, option };
  });
}
