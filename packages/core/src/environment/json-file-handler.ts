import type { OfflineHandler } from "../options/options.ts";

/** How a runtime reads a text file. */
export type ReadTextFile = (path: string | URL) => Promise<string>;

/** An offline handler that reads an environment document from a JSON file, when it is first needed. */
export class JsonFileHandler implements OfflineHandler {
  readonly #path: string | URL;
  readonly #readTextFile: ReadTextFile;

  constructor(path: string | URL, readTextFile: ReadTextFile) {
    this.#path = path;
    this.#readTextFile = readTextFile;
  }

  /** @throws what reading or parsing the file throws; the client reports it as `NO_ENVIRONMENT`. */
  async getEnvironment(): Promise<unknown> {
    return JSON.parse(await this.#readTextFile(this.#path));
  }
}
