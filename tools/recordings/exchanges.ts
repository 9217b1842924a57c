import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A request to a real Flagsmith API, and its response. */
export interface Exchange {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  /** JSON text of the request. Parsing would turn `7.0` into `7`. */
  readonly requestText: string;
}

/** Keys of the recorded environments. */
export interface RecordedKeys {
  readonly environments: Readonly<
    Record<string, { readonly client_key: string; readonly server_key: string }>
  >;
  readonly extra_server_keys: Readonly<
    Record<"second" | "inactive" | "expired" | "deleted", string>
  >;
}

const shared = process.env["FLAGSMITH_SHARED"] ?? join(import.meta.dirname, "../../../shared");
const folder = join(shared, "data/server");

/** Whether the recordings exist. They are not part of the repository, and tests that need them are skipped without. */
export const hasRecordings: boolean = existsSync(folder);

/**
 * Reads the exchanges of a file. Returns none if the recordings do not exist.
 *
 * @throws Error if the file does not have one exchange per line
 */
export function readExchanges(file: string): readonly Exchange[] {
  if (!hasRecordings) return [];
  const text = readText(file);
  const exchanges = text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => ({
      ...JSON.parse(line.replace(/,$/, "")),
      requestText: line.slice(0, line.indexOf('"response":')),
    }));
  const { length } = JSON.parse(text);
  if (length !== exchanges.length) throw new Error(`${file} does not have one exchange per line.`);
  return exchanges;
}

/** Reads the keys of the recorded environments. @throws Error if the recordings do not exist */
export function readRecordedKeys(): RecordedKeys {
  return JSON.parse(readText("keys"));
}

function readText(file: string): string {
  return readFileSync(join(folder, `${file}.json`), "utf8");
}
