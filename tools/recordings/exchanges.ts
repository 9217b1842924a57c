import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A request to a real Flagsmith API, and its answer. */
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
  /** The request as it is written in the file: parsing turns `7.0` into `7`. */
  readonly requestText: string;
}

/** The keys of the recorded environments. */
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

/** These recordings are not part of the repository: what needs them skips without. */
export const hasRecordings: boolean = existsSync(folder);

/** The exchanges of one file, which holds one a line; none where there are no recordings. */
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
  if (length !== exchanges.length) throw new Error(`${file} does not hold one exchange a line.`);
  return exchanges;
}

/** The keys that the exchanges were made with. */
export function readRecordedKeys(): RecordedKeys {
  return JSON.parse(readText("keys"));
}

function readText(file: string): string {
  return readFileSync(join(folder, `${file}.json`), "utf8");
}
