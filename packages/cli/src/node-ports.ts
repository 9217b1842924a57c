import { realpathSync, watch } from "node:fs";
import {
  access,
  chmod,
  lstat,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { buffer } from "node:stream/consumers";
import type { Files, Output, Ports } from "./ports.ts";

/** Creates the ports of a process. */
export function createNodePorts(): Ports {
  return {
    stdout: createOutput(process.stdout),
    stderr: createOutput(process.stderr),
    readStdin: async () => decode(await buffer(process.stdin)),
    env: process.env,
    cwd: process.cwd(),
    fetch: (url, init) => globalThis.fetch(url, init),
    files: nodeFiles,
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
    every: (ms, task) => {
      const timer = setInterval(task, ms);
      return () => clearInterval(timer);
    },
    serve: serveOnLoopback,
    untilStopped,
  };
}

/** Until a command waits for it, a signal ends the process at once. The second one always does, of either kind. */
const untilStopped: Ports["untilStopped"] = () =>
  new Promise((resolve) => {
    const events = ["SIGINT", "SIGTERM"];
    const stop = () => {
      for (const event of events) process.off(event, stop);
      resolve();
    };
    for (const event of events) process.on(event, stop);
  });

/** A web page can send a body of any length. */
const maxBodyBytes = 10_000_000;

/** Serves HTTP on 127.0.0.1. Loaded late, because only one command needs it. */
const serveOnLoopback: Ports["serve"] = async (handle, port) => {
  const { serveFlagsmithApi } = await import("@flagsmith-isomorphic/testing/node");
  return serveFlagsmithApi({ handle }, { port, hostname: "127.0.0.1", maxBodyBytes });
};

function createOutput(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.columns,
    write: (chunk) => {
      stream.write(chunk);
    },
  };
}

/** Decodes a text without its byte order mark. The `>` of Windows PowerShell writes UTF-16. */
function decode(bytes: Uint8Array): string {
  const encodings = new Map([
    ["255,254", "utf-16le"],
    ["254,255", "utf-16be"],
  ]);
  return new TextDecoder(encodings.get([...bytes.subarray(0, 2)].join())).decode(bytes);
}

/** Failures of a file that can only be written in place: its folder is read-only, or it is mounted on its own. */
const inPlaceCodes: readonly (string | undefined)[] = ["EACCES", "EPERM", "EBUSY"];

/** Writes a file in one step: a failure keeps the previous one, and no reader sees a part. */
async function replaceFile(path: string, content: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const previous = await lstat(target).catch(() => undefined);
  // A pipe or a device cannot be replaced, and a link to a missing file has to stay.
  if (previous?.isFile() === false) return writeFile(path, content);
  const draft = `${target}.${process.pid}.tmp`;
  try {
    // Others may not be permitted to read the file.
    await writeFile(draft, content, { flag: "wx", mode: previous?.mode });
    if (previous !== undefined) await chmod(draft, previous.mode);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    if (!inPlaceCodes.includes((error as NodeJS.ErrnoException).code)) throw error;
    await writeFile(target, content);
  }
}

const nodeFiles: Files = {
  read: async (path) => decode(await readFile(path)),
  write: replaceFile,
  list: async (path) => {
    try {
      const entries = await readdir(path, { withFileTypes: true });
      const found = entries.map(async (entry) => {
        const isFolder = entry.isDirectory();
        // The end of a device or a pipe may never come. A broken link stays, and cannot be read.
        const isOther =
          !isFolder &&
          !entry.isFile() &&
          (await stat(join(path, entry.name)).then(
            (target) => !target.isFile(),
            () => false,
          ));
        return isOther ? [] : [{ name: entry.name, isFolder }];
      });
      return (await Promise.all(found)).flat();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
      throw error;
    }
  },
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  isFile: (path) =>
    stat(path).then(
      (found) => found.isFile(),
      () => false,
    ),
  watch: (path, onChange) => {
    // The folders, because editors replace a file instead of changing it. Of a link, also that of the target.
    const watchers = Array.from(new Set([path, realpathSync(path)]), (place) =>
      watch(dirname(place), (_event, name) => {
        if (name === basename(place)) onChange();
      }),
    );
    return () => {
      for (const watcher of watchers) watcher.close();
    };
  },
};
