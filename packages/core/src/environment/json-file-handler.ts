import type { OfflineHandler } from "../options/options.ts";

/** Reads a text file. Each runtime provides its own. */
export type ReadTextFile = (path: string | URL) => Promise<string>;

/** An offline handler that reads an environment document from a JSON file on first use. */
export class JsonFileHandler implements OfflineHandler {
  readonly #path: string | URL;
  readonly #readTextFile: ReadTextFile;

  constructor(path: string | URL, readTextFile: ReadTextFile) {
    this.#path = path;
    this.#readTextFile = readTextFile;
  }

  /** @throws the error of reading or parsing the file. The client reports it as `NO_ENVIRONMENT`. */
  async getEnvironment(): Promise<unknown> {
    // `trim()` removes the byte order mark with which tools on Windows begin a file.
    return JSON.parse((await this.#readTextFile(this.#path)).trim());
  }
}
