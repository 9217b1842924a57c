import type { Command } from "../command.ts";
import { documentCommand } from "./document.ts";
import { evaluateCommand } from "./evaluate.ts";

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [evaluateCommand, documentCommand];
