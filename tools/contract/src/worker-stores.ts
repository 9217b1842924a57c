import {
  cacheApiStore,
  type FlagsmithStorage,
  type KvNamespace,
  kvStore,
} from "@flagsmith-isomorphic/edge";
import { createStorage, prefixStorage } from "unstorage";
import kvDriver from "unstorage/drivers/cloudflare-kv-binding";
import type { StoreRequest } from "./store-requests.ts";

/** KV namespaces of the Worker, by name. */
export type StoreBindings = Readonly<Record<string, KvNamespace>>;

/** The writes to one key. */
interface KeyWrites {
  accepted: number;
  refused: number;
  acceptedAt: number;
}

/** A KV namespace that accepts one write per second for each key, as that of Cloudflare does. */
class LimitedKv implements KvNamespace {
  readonly #namespace: KvNamespace;
  readonly writes = new Map<string, KeyWrites>();

  constructor(namespace: KvNamespace) {
    this.#namespace = namespace;
  }

  get: KvNamespace["get"] = (key, options) => this.#namespace.get(key, options);

  put: KvNamespace["put"] = async (key, value, options) => {
    const writes = this.writes.get(key) ?? { accepted: 0, refused: 0, acceptedAt: 0 };
    this.writes.set(key, writes);
    if (Date.now() - writes.acceptedAt < 1000) {
      writes.refused += 1;
      throw new Error("KV PUT failed: 429 Too Many Requests");
    }
    writes.accepted += 1;
    writes.acceptedAt = Date.now();
    await this.#namespace.put(key, value, options);
  };
}

const limitedKvs = new Map<KvNamespace, LimitedKv>();

function limitKv(namespace: KvNamespace): LimitedKv {
  const limited = limitedKvs.get(namespace) ?? new LimitedKv(namespace);
  limitedKvs.set(namespace, limited);
  return limited;
}

/** Responds with the writes to the limited KV namespaces of this isolate, by key. */
export function handleWritesRequest(): Response {
  const writes = [...limitedKvs.values()].flatMap((limited) => [...limited.writes]);
  return Response.json(Object.fromEntries(writes));
}

/** Factories of the stores that keep documents in a KV namespace. */
const kvStores: Readonly<Record<string, (namespace: KvNamespace) => FlagsmithStorage>> = {
  kvStore: (namespace) => kvStore(namespace, { ttlSeconds: 60, cacheTtlSeconds: 30 }),
  "limited kvStore": (namespace) => kvStore(limitKv(namespace)),
  "unstorage driver": (binding) => kvDriver({ binding }),
  "unstorage storage": (binding) =>
    prefixStorage(createStorage({ driver: kvDriver({ binding }) }), "flags"),
};

/** Creates the storage for a request to the Worker. */
export function createWorkerStorage(
  { store, place = "" }: StoreRequest,
  bindings: StoreBindings,
): FlagsmithStorage {
  if (store === "cacheApiStore") return cacheApiStore();
  const create = kvStores[store];
  const namespace = bindings[place];
  if (!create || !namespace) throw new Error(`The Worker has no ${store} in ${place}.`);
  return create(namespace);
}
