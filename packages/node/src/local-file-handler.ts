import { readFile } from "node:fs/promises";
import type { OfflineHandler } from "@flagsmith-isomorphic/core";

/**
 * An offline handler that reads an environment document from a JSON file, when it is first needed.
 *
 * @example
 * new Flagsmith({ offlineMode: true, offlineHandler: new LocalFileHandler("./environment.json") });
 */
export class LocalFileHandler implements OfflineHandler {
  readonly #path: string | URL;

  constructor(path: string | URL) {
    this.#path = path;
  }

  /** @throws what reading or parsing the file throws; the client reports it as `NO_ENVIRONMENT`. */
  async getEnvironment(): Promise<unknown> {
    return JSON.parse(await readFile(this.#path, "utf8"));
  }
}
