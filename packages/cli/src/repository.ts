import { dirname, join } from "node:path";
import type { Files } from "./ports.ts";

/** Lists a folder and its parents in the same Git repository, innermost first. Without a repository, only the folder. */
export async function listRepositoryFolders(
  start: string,
  files: Files,
): Promise<readonly string[]> {
  const folders: string[] = [];
  for (let folder = start; ; folder = dirname(folder)) {
    folders.push(folder);
    if (await files.exists(join(folder, ".git"))) return folders;
    if (dirname(folder) === folder) return [start];
  }
}
