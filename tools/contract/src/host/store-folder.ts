import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Creates an empty folder for a task, and removes it. */
export async function withStoreFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  // Permissions of Deno are for real paths.
  const folder = await mkdtemp(join(await realpath(tmpdir()), "flagsmith-stores-"));
  try {
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
