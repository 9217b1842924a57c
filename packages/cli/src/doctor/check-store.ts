import { join, resolve } from "node:path";
import { type EnvironmentDocument, storageKey } from "flagsmith-isomorphic";
import type { Ports } from "../ports.ts";
import { requireKey, type Settings } from "../settings.ts";
import { count } from "../text.ts";
import { type Check, fail, pass, skip, warn } from "./check.ts";

const dayMs = 86_400_000;

/** Reads the record of a store that is a folder, such as that of unstorage's driver `fs`, or a file. */
export async function checkStore(
  path: string | undefined,
  {
    settings,
    document,
  }: { readonly settings: Settings; readonly document: EnvironmentDocument | undefined },
  ports: Ports,
): Promise<Check> {
  const name = "store";
  if (path === undefined) return skip(name, "use --store with a folder or a file");
  const absolute = resolve(ports.cwd, path);
  let file = absolute;
  try {
    const entries = await ports.files.list(absolute);
    if (entries !== undefined) {
      file = join(absolute, await storageKey(requireKey(settings), settings.apiUrl));
    }
  } catch {
    return fail(name, `${path} cannot be read`, "Check the path and its permissions.");
  }
  const text = await ports.files.read(file).catch(() => undefined);
  if (text === undefined) {
    const advice =
      "It is written after the first load. Check that key and URL are those of the application, and that it may write there.";
    return warn(name, `${path} has no record of this environment`, advice);
  }
  const record = parseRecord(text);
  if (record === undefined) {
    const advice = "Delete it. The application writes a new one.";
    return fail(name, `the record in ${path} is not valid`, advice);
  }
  if (document !== undefined && record.document.api_key !== document.api_key) {
    const advice = "Give each environment a store, or a key, of its own.";
    return fail(name, `the record in ${path} is that of another environment`, advice);
  }
  const fetchedAt = await readLoadTime(record, `${file}-lease`, ports);
  const ageMs = ports.now() - fetchedAt;
  const message = `a record from ${new Date(fetchedAt).toISOString()}`;
  if (ageMs < -60_000) {
    const advice = "Synchronize the clocks: a record from the future is not used.";
    return fail(name, `${message}, which is in the future`, advice);
  }
  if (ageMs > dayMs) {
    const days = count(Math.floor(ageMs / dayMs), "day");
    return warn(name, `${message}, ${days} old`, "Check that the application can write the store.");
  }
  return pass(name, message);
}

interface StoredRecord {
  readonly fetchedAt: number;
  readonly digest?: unknown;
  readonly document: EnvironmentDocument;
}

/** A load that returns the same document only renews the lease beside the record. */
async function readLoadTime(
  { fetchedAt, digest }: StoredRecord,
  leaseFile: string,
  { files }: Ports,
): Promise<number> {
  const lease = parseStored(await files.read(leaseFile).catch(() => ""));
  const isRenewed = lease?.digest === digest && isTime(lease?.fetchedAt);
  return isRenewed ? Math.max(fetchedAt, lease.fetchedAt) : fetchedAt;
}

function parseRecord(text: string): StoredRecord | undefined {
  const record = parseStored(text);
  const isRecord = isTime(record?.fetchedAt) && Array.isArray(record?.document?.feature_states);
  return isRecord ? (record as StoredRecord) : undefined;
}

function parseStored(text: string): Partial<StoredRecord> | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(new Date(value).getTime());
}
