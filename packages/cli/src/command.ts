import type { ExitCode } from "./exit-code.ts";
import type { Ports } from "./ports.ts";

/** An option of a command. */
export interface CommandOption {
  /** As in the help, for example `--trait <key=value>`. */
  readonly flags: string;
  readonly description: string;
  readonly isRepeatable?: boolean;
  /** The allowed values. */
  readonly choices?: readonly string[];
  /** Whether the value is the path of a file or folder, which shells complete. */
  readonly isPath?: boolean;
}

/** An argument of a command, in brackets if it is optional and with dots if it may be repeated. */
export interface CommandArgument {
  /** As in the help, for example `<feature>` or `[path...]`. */
  readonly name: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly isPath?: boolean;
}

/** A command. */
export interface Command {
  readonly name: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  /** More about the command, for its help. */
  readonly details?: string;
  readonly arguments?: readonly CommandArgument[];
  readonly options: readonly CommandOption[];
  /** Command lines, without the name of the program. */
  readonly examples: readonly string[];
  readonly run: (input: CommandInput, ports: Ports) => Promise<ExitCode> | ExitCode;
}

/** The arguments and options that the user gave. */
export class CommandInput {
  readonly arguments: readonly string[];
  readonly #options: Readonly<Record<string, unknown>>;

  /** @param options - by name, without dashes. */
  constructor(args: readonly string[], options: Readonly<Record<string, unknown>>) {
    this.arguments = args;
    this.#options = options;
  }

  /** Whether an option without a value was given. */
  has(name: string): boolean {
    return this.#options[name] === true;
  }

  /** The value of an option. */
  text(name: string): string | undefined {
    const value = this.#options[name];
    return typeof value === "string" ? value : undefined;
  }

  /** The values of an option that may be repeated. */
  list(name: string): readonly string[] {
    const value = this.#options[name];
    return Array.isArray(value) ? value : [];
  }
}

/** The option of every command. */
export const jsonOption: CommandOption = {
  flags: "--json",
  description: "print JSON instead of text",
};
