import type { Command } from "../command.ts";
import { createCompletionCommand } from "./completion.ts";
import { devCommand } from "./dev.ts";
import { diffCommand } from "./diff.ts";
import { doctorCommand } from "./doctor.ts";
import { documentCommand } from "./document.ts";
import { evaluateCommand } from "./evaluate.ts";
import { explainCommand } from "./explain.ts";
import { typesCommand } from "./types.ts";
import { usagesCommand } from "./usages.ts";

const withoutCompletion: readonly Command[] = [
  evaluateCommand,
  explainCommand,
  diffCommand,
  typesCommand,
  usagesCommand,
  documentCommand,
  doctorCommand,
  devCommand,
];

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  ...withoutCompletion,
  createCompletionCommand(withoutCompletion),
];
