import { type Exchange, readExchanges, readRecordedKeys } from "recordings/exchanges";
import type { WireDocument } from "../../src/index.ts";

/** Reads the document of a recorded environment, and its server-side key. */
export function readEnvironment(name: string): {
  document: WireDocument;
  environmentKey: string;
} {
  const all = [...readExchanges("environment-document"), ...readExchanges("environment-documents")];
  const exchange = all.find((candidate) => candidate.name.startsWith(`${name}:`));
  const environmentKey = readRecordedKeys().environments[name]?.server_key;
  if (exchange === undefined || environmentKey === undefined) throw new Error(`No ${name}.`);
  return { document: exchange.response.body as WireDocument, environmentKey };
}

/** Finds the environment of a recorded request's key. The default is `production`. */
export function findEnvironmentName(exchange: Exchange): string {
  const key = exchange.request.headers["X-Environment-Key"];
  const found = Object.entries(readRecordedKeys().environments).find(
    ([, keys]) => keys.client_key === key || keys.server_key === key,
  );
  return found?.[0] ?? "production";
}

/** Converts a recorded request to the arguments of `fetch`. */
export function toFetchArguments({ request }: Exchange): [string, RequestInit] {
  const init: RequestInit = {
    method: request.method,
    headers: request.headers,
    redirect: "manual",
    ...(request.body === null ? {} : { body: encodeBody(request.body) }),
  };
  return [`https://flagsmith.test${request.path}`, init];
}

/** Encodes a recorded body. A `text` holds raw bytes; 0xFF 0xFE were recorded as two U+FFFD. */
function encodeBody(body: unknown): string | Uint8Array<ArrayBuffer> {
  const text = (body as { text?: unknown }).text;
  if (typeof text !== "string") return JSON.stringify(body);
  const [before, after] = text.split("\ufffd\ufffd");
  if (after === undefined) return text;
  const encode = (part: string | undefined) => [...new TextEncoder().encode(part)];
  return new Uint8Array([...encode(before), 0xff, 0xfe, ...encode(after)]);
}
