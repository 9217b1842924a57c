import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { findFreePort } from "runtimes/free-port";

/** Upper bound until the server accepts commands, in milliseconds. */
const maxStartMs = 30_000;

/** Returns why no Redis can be started, or `undefined` if one can. */
export function findRedisUnavailability(): string | undefined {
  if (findProgram() !== undefined) return undefined;
  return "redis-server is not installed (Debian: apt-get install redis-server)";
}

/** A Redis server of its own on a free loopback port. It stores nothing on disk. */
export class RedisServer {
  readonly port: number;
  #process: ChildProcess;

  private constructor(port: number) {
    this.port = port;
    this.#process = startProcess(port);
  }

  /** Starts a server. Resolves when it accepts commands. */
  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await findFreePort());
    await server.#waitUntilReady();
    return server;
  }

  /** Kills the server. Its data is lost. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const exit = once(process, "exit");
    process.kill("SIGKILL");
    await exit;
  }

  /** Starts an empty server on the same port, after {@link kill}. */
  async restart(): Promise<void> {
    this.#process = startProcess(this.port);
    await this.#waitUntilReady();
  }

  async #waitUntilReady(): Promise<void> {
    const giveUpAt = performance.now() + maxStartMs;
    while (!(await isReady(this.port))) {
      if (this.#process.exitCode !== null) throw new Error("redis-server has ended at its start.");
      if (performance.now() > giveUpAt) throw new Error("redis-server does not accept commands.");
      await wait(20);
    }
  }
}

function startProcess(port: number): ChildProcess {
  const settings = { port, bind: "127.0.0.1", save: "", appendonly: "no", daemonize: "no" };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return spawn(findProgram() ?? "redis-server", args, { stdio: "ignore" });
}

function findProgram(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const paths = folders.map((folder) => join(folder, "redis-server"));
  return paths.find((path) => existsSync(path));
}

/** Whether a server answers PING. */
function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(1000, () => socket.destroy());
    socket.once("data", (data) => {
      resolve(String(data).startsWith("+PONG"));
      socket.destroy();
    });
    socket.once("error", () => undefined);
    socket.once("close", () => resolve(false));
  });
}
