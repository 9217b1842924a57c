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

/** Factories of the stores that keep documents in a KV namespace. */
const kvStores: Readonly<Record<string, (namespace: KvNamespace) => FlagsmithStorage>> = {
  kvStore: (namespace) => kvStore(namespace, { ttlSeconds: 60, cacheTtlSeconds: 30 }),
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
