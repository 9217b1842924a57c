import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];

/** Finds an installed Chromium: the one that `CHROMIUM_PATH` names, or one on the path. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH: given, PATH: path = "" } = process.env;
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const files = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return (given ? [given] : files).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
