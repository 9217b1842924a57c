import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

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

const folder = resolve(process.env["FLAGSMITH_SHARED"] ?? "", "data/server");

/** Whether the recordings are there: they live beside the checkout. */
export const areRecordingsThere: boolean =
  process.env["FLAGSMITH_SHARED"] !== undefined && existsSync(folder);

/** The exchanges of one file, which holds one a line; none where there are no recordings. */
export function readExchanges(file: string): readonly Exchange[] {
  if (!areRecordingsThere) return [];
  const text = readFileSync(resolve(folder, file), "utf8");
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

/** The body of an answer as it was sent. */
export function bodyText({ body, headers }: Exchange["response"]): string {
  const isJson = headers["content-type"]?.startsWith("application/json");
  if (isJson) return JSON.stringify(body);
  return typeof body === "object" && body !== null && "text" in body ? String(body.text) : "";
}

/** The headers of an answer, for a body that may be written in another length. */
export function answerHeaders({ headers }: Exchange["response"]): Record<string, string> {
  const { "content-length": _length, ...others } = headers;
  return others;
}
