#!/usr/bin/env node
import process from "node:process";
import { commands } from "./commands/index.ts";
import { createNodePorts } from "./node-ports.ts";
import { runCli } from "./run-cli.ts";

const stop = new AbortController();
for (const event of ["SIGINT", "SIGTERM"]) process.once(event, () => stop.abort());
// A reader such as `head` may close the pipe before everything is written.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.exitCode = await runCli(process.argv.slice(2), createNodePorts(stop.signal), commands);
