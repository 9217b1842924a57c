import { readFile } from "node:fs/promises";
import { JsonFileHandler } from "@flagsmith-isomorphic/core";

/**
 * Reads the environment document from a JSON file: an `offlineHandler`. The file is read when it is first
 * needed, and again by `updateEnvironment()`.
 *
 * @example
 * new Flagsmith({ offlineMode: true, offlineHandler: new LocalFileHandler("./environment.json") });
 */
export class LocalFileHandler extends JsonFileHandler {
  constructor(path: string | URL) {
    super(path, (file) => readFile(file, "utf8"));
  }
}
