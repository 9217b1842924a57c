import type { OfflineHandler } from "@flagsmith-isomorphic/core";

/** The part of Deno that is used here; declared, so that nobody needs Deno's types to compile this. */
declare const Deno: {
  readTextFile(path: string | URL): Promise<string>;
};

/**
 * An offline handler that reads an environment document from a JSON file, when it is first needed.
 *
 * It needs `--allow-read` for that file.
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
    return JSON.parse(await Deno.readTextFile(this.#path));
  }
}
