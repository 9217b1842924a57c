import { type Exchange, readExchanges, readRecordedKeys } from "recordings/exchanges";
import type { WireDocument } from "../../src/index.ts";

/** The document of a recorded environment, with its server-side key. */
export function recordedEnvironment(name: string): {
  document: WireDocument;
  environmentKey: string;
} {
  const all = [...readExchanges("environment-document"), ...readExchanges("environment-documents")];
  const exchange = all.find((candidate) => candidate.name.startsWith(`${name}:`));
  const environmentKey = readRecordedKeys().environments[name]?.server_key;
  if (exchange === undefined || environmentKey === undefined) throw new Error(`No ${name}.`);
  return { document: exchange.response.body as WireDocument, environmentKey };
}

/** The recorded environment a request's key belongs to; `production` when to none. */
export function environmentNameOf(exchange: Exchange): string {
  const key = exchange.request.headers["X-Environment-Key"];
  const found = Object.entries(readRecordedKeys().environments).find(
    ([, keys]) => keys.client_key === key || keys.server_key === key,
  );
  return found?.[0] ?? "production";
}

/** The recorded request as arguments for a `fetch`. */
export function requestOf({ request }: Exchange): [string, RequestInit] {
  const init: RequestInit = {
    method: request.method,
    headers: request.headers,
    redirect: "manual",
    ...(request.body === null ? {} : { body: bodyOf(request.body) }),
  };
  return [`https://flagsmith.test${request.path}`, init];
}

/** Recorded text stands for raw bytes; what was not UTF-8 was recorded as two U+FFFD. */
function bodyOf(body: unknown): string | Uint8Array<ArrayBuffer> {
  const text = (body as { text?: unknown }).text;
  if (typeof text !== "string") return JSON.stringify(body);
  const [before, after] = text.split("\ufffd\ufffd");
  if (after === undefined) return text;
  const encode = (part: string | undefined) => [...new TextEncoder().encode(part)];
  return new Uint8Array([...encode(before), 0xff, 0xfe, ...encode(after)]);
}
