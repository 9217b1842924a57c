import { readFile } from "node:fs/promises";
import { JsonFileHandler } from "@flagsmith-isomorphic/core";

/**
 * An offline handler that reads an environment document from a JSON file, when it is first needed.
 *
 * @example
 * new Flagsmith({ offlineMode: true, offlineHandler: new LocalFileHandler("./environment.json") });
 */
export class LocalFileHandler extends JsonFileHandler {
  constructor(path: string | URL) {
    super(path, (file) => readFile(file, "utf8"));
  }
}
