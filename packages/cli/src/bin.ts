#!/usr/bin/env node
import process from "node:process";
import { commands } from "./commands/index.ts";
import { createNodePorts } from "./node-ports.ts";
import type { Ports } from "./ports.ts";
import { runCli } from "./run-cli.ts";

process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  // A reader such as `head` may close the pipe before everything is written.
  if (code === "EPIPE") process.exit();
  process.stderr.write(`error: The output cannot be written (${code}).\n`);
  process.exit(1);
});
// Without a reader of its messages, a command still does its work.
process.stderr.on("error", () => undefined);
let ports: Ports;
try {
  ports = createNodePorts();
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  process.stderr.write(`error: The working directory cannot be read (${code}).\n`);
  process.exit(1);
}
process.exitCode = await runCli(process.argv.slice(2), ports, commands);
