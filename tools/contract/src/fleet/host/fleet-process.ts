import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { toolsNode } from "runtimes";
import type { FleetCommand, FleetMessage, FleetReport, FleetSetup } from "../on-node.ts";

/** A process with clients of the fleet. */
export class FleetProcess {
  readonly name: string;
  /** The version that each client uses, by its index. */
  readonly versions = new Map<number, number>();
  /** Errors, and output that is no message. */
  readonly problems: string[] = [];
  report: FleetReport | undefined;
  /** Exit code or signal, once the process has ended. */
  end: number | string | undefined;
  readonly #child: ChildProcess;

  constructor(script: string, setup: FleetSetup) {
    this.name = setup.name;
    const child = spawn(toolsNode.program, [script, JSON.stringify(setup)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    child.once("error", (error) => this.problems.push(`${this.name}: ${error}`));
    // The process may be killed.
    child.stdin.on("error", () => undefined);
    child.once("close", (code, signal) => {
      this.end = signal ?? code ?? "unknown";
    });
    createInterface({ input: child.stdout }).on("line", (line) => this.#onLine(line));
  }

  get isRunning(): boolean {
    return this.end === undefined;
  }

  send(command: FleetCommand): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** Asks the process to close its clients and to send its report. */
  requestStop(): void {
    this.#child.stdin?.end();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #onLine(line: string): void {
    try {
      const message: FleetMessage = JSON.parse(line);
      if (message.kind === "version") this.versions.set(message.client, message.version);
      else if (message.kind === "report") this.report = message;
      else this.problems.push(`${this.name}: ${message.error}`);
    } catch {
      this.problems.push(`${this.name}: output: ${line}`);
    }
  }
}
