import { JsonFileHandler } from "@flagsmith-isomorphic/core";

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
export class LocalFileHandler extends JsonFileHandler {
  constructor(path: string | URL) {
    super(path, (file) => Deno.readTextFile(file));
  }
}
