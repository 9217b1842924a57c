import { execFileSync } from "node:child_process";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createNodePorts } from "../src/node-ports.ts";
import { shopDocument } from "./support/documents.ts";
import { runCommand } from "./support/run-command.ts";

const { files } = createNodePorts();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "flagsmith-cli-"));
});

afterEach(() => rm(folder, { recursive: true }));

test("a folder has entries, and a file has none", async () => {
  await files.write(join(folder, "a.ts"), "text");
  expect(await files.list(folder)).toEqual([{ name: "a.ts", isFolder: false }]);
  expect(await files.list(join(folder, "a.ts"))).toBeUndefined();
  expect(await files.exists(join(folder, "b.ts"))).toBe(false);
  await mkdir(join(folder, "b"));
  expect(await files.list(folder)).toContainEqual({ name: "b", isFolder: true });
  await expect(files.list(join(folder, "c"))).rejects.toMatchObject({ code: "ENOENT" });
});

test.skipIf(platform() === "win32")(
  "other users cannot read a private file while it is replaced",
  async () => {
    const path = join(folder, "a.json");
    await writeFile(path, "old", { mode: 0o600 });
    let isWritten = false;
    const writing = files.write(path, "x".repeat(30_000_000)).then(() => {
      isWritten = true;
    });
    const modes = new Set<number>();
    while (!isWritten) {
      for (const name of await readdir(folder)) {
        const found = await stat(join(folder, name)).catch(() => undefined);
        if (found) modes.add(found.mode & 0o077);
      }
    }
    await writing;
    expect([...modes]).toEqual([0]);
  },
);

test.skipIf(platform() === "win32")("a replaced file keeps its link and permissions", async () => {
  const path = join(folder, "a.json");
  await writeFile(path, "old", { mode: 0o600 });
  await symlink(path, join(folder, "link.json"));
  await files.write(join(folder, "link.json"), "new");
  expect(await files.read(path)).toBe("new");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await lstat(join(folder, "link.json"))).isSymbolicLink()).toBe(true);
  expect(await readdir(folder)).toEqual(["a.json", "link.json"]);
});

test.skipIf(platform() === "win32")("a link to a missing file is kept", async () => {
  await symlink("a.json", join(folder, "link.json"));
  await files.write(join(folder, "link.json"), "new");
  expect((await lstat(join(folder, "link.json"))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, "a.json"), "utf8")).toBe("new");
});

test.skipIf(platform() === "win32")("a replaced file stays writable for others", async () => {
  const path = join(folder, "a.json");
  await writeFile(path, "old");
  await chmod(path, 0o666);
  await files.write(path, "new");
  expect((await stat(path)).mode & 0o777).toBe(0o666);
});

test.skipIf(platform() === "win32")("a link of another user is not written to", async () => {
  const path = join(folder, "a.json");
  await writeFile(join(folder, "other.json"), "of another user");
  await symlink(join(folder, "other.json"), `${path}.${process.pid}.tmp`);
  await files.write(path, "new").catch(() => undefined);
  expect(await readFile(join(folder, "other.json"), "utf8")).toBe("of another user");
});

/** Writes a file while a function of the file system fails. Returns the ports and the path. */
async function writeWithFailure(name: "rename" | "writeFile", code: string) {
  const path = join(folder, "a.json");
  await writeFile(path, "old");
  vi.resetModules();
  vi.doMock("node:fs/promises", async (importOriginal) => {
    const original = await importOriginal<typeof import("node:fs/promises")>();
    const fail = async (from: string, ...args: [never]) => {
      if (!from.endsWith(".tmp")) return original[name](from, ...args);
      throw Object.assign(new Error(code), { code });
    };
    return { ...original, [name]: fail };
  });
  try {
    const ports = await import("../src/node-ports.ts");
    return {
      path,
      result: await Promise.allSettled([ports.createNodePorts().files.write(path, "new")]),
    };
  } finally {
    vi.doUnmock("node:fs/promises");
    vi.resetModules();
  }
}

test.each([
  ["rename", "EBUSY"],
  ["rename", "EPERM"],
  ["writeFile", "EACCES"],
] as const)("a file is written in place if %s fails with %s", async (name, code) => {
  const { path, result } = await writeWithFailure(name, code);
  expect(result).toMatchObject([{ status: "fulfilled" }]);
  expect(await readFile(path, "utf8")).toBe("new");
  expect(await readdir(folder)).toEqual(["a.json"]);
});

test.each([
  ["rename", "EIO"],
  ["writeFile", "ENOSPC"],
] as const)("a file stays as it is if %s fails with %s", async (name, code) => {
  const { path, result } = await writeWithFailure(name, code);
  expect(result).toMatchObject([{ status: "rejected", reason: { code } }]);
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["a.json"]);
});

test.skipIf(platform() === "win32")("a pipe is written to", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const [text] = await Promise.all([readFile(pipe, "utf8"), files.write(pipe, "text")]);
  expect(text).toBe("text");
});

test.skipIf(platform() === "win32")("links to devices and folders are not listed", async () => {
  await writeFile(join(folder, "a.ts"), "text");
  await symlink(join(folder, "a.ts"), join(folder, "b.ts"));
  await symlink("/dev/zero", join(folder, "c.ts"));
  await symlink(folder, join(folder, "d.ts"));
  const entries = await files.list(folder);
  expect(entries?.map(({ name }) => name).sort()).toEqual(["a.ts", "b.ts"]);
});

test.skipIf(platform() === "win32")("links to devices are neither settings nor rules", async () => {
  await writeFile(join(folder, "environment.json"), JSON.stringify(shopDocument));
  await symlink("/dev/null", join(folder, ".gitignore"));
  await symlink("/dev/null", join(folder, "flagsmith.json"));
  const read: string[] = [];
  const recording: typeof files = {
    ...files,
    read: (path) => {
      read.push(basename(path));
      return files.read(path);
    },
  };
  const world = { ports: { cwd: folder, files: recording } };
  await runCommand(["usages", "--document", "environment.json"], world);
  await runCommand(["doctor"], world);
  expect(read).toEqual(["environment.json"]);
});

test.each([
  ["UTF-8", Buffer.from("{ü}")],
  ["UTF-8 with a byte order mark", Buffer.from("\ufeff{ü}")],
  ["the UTF-16 of Windows PowerShell", Buffer.from("\ufeff{ü}", "utf16le")],
  ["big-endian UTF-16", Buffer.from("\ufeff{ü}", "utf16le").swap16()],
])("a file in %s is read without the mark", async (_, bytes) => {
  await writeFile(join(folder, "a.json"), bytes);
  expect(await files.read(join(folder, "a.json"))).toBe("{ü}");
});

test.each([
  ["a file", "environment.json"],
  ["the target of a link", "link.json"],
])("%s that an editor replaces is noticed", async (_, name) => {
  const path = join(folder, "inner", "environment.json");
  await mkdir(join(folder, "inner"));
  await writeFile(path, "1");
  await symlink(path, join(folder, "link.json"));
  const watched = name === "link.json" ? join(folder, name) : path;
  await new Promise<void>((resolve) => {
    const stop = files.watch(watched, () => {
      stop();
      resolve();
    });
    writeFile(`${path}.new`, "2").then(() => rename(`${path}.new`, path));
  });
  expect(await files.read(watched)).toBe("2");
});

test("a file is watched until that is stopped", async () => {
  const path = join(folder, "environment.json");
  await writeFile(path, "1");
  let isStopped = false;
  const later: string[] = [];
  const stop = files.watch(path, () => isStopped && later.push("change"));
  const noticed = new Promise<void>((resolve) => {
    const stopOther = files.watch(path, () => {
      if (!isStopped) return;
      stopOther();
      resolve();
    });
  });
  stop();
  isStopped = true;
  await writeFile(path, "2");
  await noticed;
  expect(later).toEqual([]);
});

test("after the first signal, no other one is handled", async () => {
  const count = () => process.listenerCount("SIGINT") + process.listenerCount("SIGTERM");
  const before = count();
  const stopped = createNodePorts().untilStopped();
  expect(count()).toBe(before + 2);
  process.emit("SIGTERM");
  await stopped;
  expect(count()).toBe(before);
});

test("a file that cannot be read is left out of the usages", async () => {
  await symlink(join(folder, "missing"), join(folder, "broken.ts"));
  await writeFile(join(folder, "app.ts"), 'flags.isFeatureEnabled("a")');
  const document = { api_key: "key", feature_states: [], project: { segments: [] } };
  await writeFile(join(folder, "environment.json"), JSON.stringify(document));
  const args = ["usages", "--document", "environment.json", "--json"];
  const { exitCode, json, stderr } = await runCommand(args, { ports: { files, cwd: folder } });
  expect(stderr).toBe("warning: broken.ts cannot be read.\n");
  expect(json()).toMatchObject({ files: 2, unknown: [{ feature: "a" }] });
  expect(exitCode).toBe(0);
});
