import { JsonFileHandler } from "@flagsmith-isomorphic/core";

/** Declared here, so that compiling this package does not require Deno's types. */
declare const Deno: {
  readTextFile(path: string | URL): Promise<string>;
};

/**
 * Reads the environment document from a JSON file: an `offlineHandler`. The file is read when it is first
 * needed, and again by `updateEnvironment()`. Requires `--allow-read` for the file.
 *
 * @example
 * new Flagsmith({ offlineMode: true, offlineHandler: new LocalFileHandler("./environment.json") });
 */
export class LocalFileHandler extends JsonFileHandler {
  constructor(path: string | URL) {
    super(path, (file) => Deno.readTextFile(file));
  }
}
