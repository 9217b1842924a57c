import { version } from "@flagsmith-isomorphic/core";
import {
  Argument,
  Command as CommanderCommand,
  CommanderError,
  Option as CommanderOption,
} from "commander";
import { type Command, CommandInput, type CommandOption } from "./command.ts";
import { CommandError, type ExitCode, exitCodes } from "./exit-code.ts";
import type { Ports } from "./ports.ts";
import { makeOutputSafe } from "./safe-output.ts";
import { escapeControls } from "./text.ts";

/** The name of the program. */
export const programName = "flagsmith-isomorphic";

/** Runs the command that the arguments name, and returns the exit code of the process. Never throws. */
export async function runCli(
  args: readonly string[],
  ports: Ports,
  commands: readonly Command[],
): Promise<ExitCode> {
  const safe = makeOutputSafe(ports);
  let exitCode: ExitCode = exitCodes.success;
  const program = createProgram(commands, safe, (code) => {
    exitCode = code;
  });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed its own message.
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    }
    safe.stderr.write(`error: ${toLine(error)}\n`);
    return error instanceof CommandError ? error.exitCode : exitCodes.failure;
  }
}

function createProgram(
  commands: readonly Command[],
  ports: Ports,
  onEnd: (code: ExitCode) => void,
): CommanderCommand {
  const program = configure(new CommanderCommand(programName), ports)
    .description("Evaluates, explains and compares the flags of a Flagsmith environment.")
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "print the help of a command");
  for (const command of commands) {
    const sub = configure(program.command(command.name), ports)
      .summary(command.summary)
      .description(`${command.summary}.${command.details ? `\n\n${command.details}` : ""}`);
    for (const { name, description, choices } of command.arguments ?? []) {
      const argument = new Argument(name, description);
      sub.addArgument(choices === undefined ? argument : argument.choices([...choices]));
    }
    for (const option of command.options) sub.addOption(createOption(option));
    sub.addHelpText("after", formatExamples(command.examples));
    sub.action(async (...given: unknown[]) => {
      // Commander passes the arguments, and then two objects: the options and the command.
      const values = given.flat().filter((value) => typeof value === "string");
      onEnd(await command.run(new CommandInput(values, readOptions(sub, command.options)), ports));
    });
  }
  return program;
}

function configure(command: CommanderCommand, { stdout, stderr }: Ports): CommanderCommand {
  return command
    .exitOverride()
    .helpOption("-h, --help", "print this help")
    .configureOutput({
      writeOut: stdout.write,
      writeErr: stderr.write,
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      // Suggestions are on a line of their own.
      outputError: (message, write) => write(`${toLine(message.trimEnd())}\n`),
    });
}

function createOption({ flags, description, isRepeatable, choices }: CommandOption) {
  const option = new CommanderOption(flags, description);
  if (choices !== undefined) option.choices([...choices]);
  if (isRepeatable) {
    option.argParser((value: string, previous: readonly string[] = []) => [...previous, value]);
  }
  return option;
}

/** Returns the options by their long names. Commander's own names are in camelCase. */
function readOptions(command: CommanderCommand, options: readonly CommandOption[]) {
  const values = command.opts();
  return Object.fromEntries(
    options.map(({ flags }) => {
      const option = new CommanderOption(flags);
      return [option.name(), values[option.attributeName()]];
    }),
  );
}

function formatExamples(examples: readonly string[]): string {
  return ["", "Examples:", ...examples.map((line) => `  $ ${programName} ${line}`)].join("\n");
}

/** Messages are one line, so that scripts and logs keep them together. */
function toLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return escapeControls(message.replaceAll(/\s*\n\s*/g, " "));
}
