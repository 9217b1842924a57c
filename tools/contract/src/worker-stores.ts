import {
  cacheApiStore,
  type FlagsmithStorage,
  type KvNamespace,
  kvStore,
} from "@flagsmith-isomorphic/edge";
import { createStorage, prefixStorage } from "unstorage";
import kvDriver from "unstorage/drivers/cloudflare-kv-binding";
import type { StoreRequest } from "./store-requests.ts";

/** The KV namespaces of the Worker, by their names. */
export type StoreBindings = Readonly<Record<string, KvNamespace>>;

/** How a document is kept in a KV namespace. */
const kvStores: Readonly<Record<string, (namespace: KvNamespace) => FlagsmithStorage>> = {
  kvStore: (namespace) => kvStore(namespace, { ttlSeconds: 60, cacheTtlSeconds: 30 }),
  "unstorage driver": (binding) => kvDriver({ binding }),
  "unstorage storage": (binding) =>
    prefixStorage(createStorage({ driver: kvDriver({ binding }) }), "flags"),
};

/** Makes the storage that a request to the Worker asks for. */
export function workerStorage(
  { store, place = "" }: StoreRequest,
  bindings: StoreBindings,
): FlagsmithStorage {
  if (store === "cacheApiStore") return cacheApiStore();
  const make = kvStores[store];
  const namespace = bindings[place];
  if (!make || !namespace) throw new Error(`The Worker has no ${store} of ${place}.`);
  return make(namespace);
}
