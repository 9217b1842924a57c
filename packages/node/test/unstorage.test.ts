import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Flagsmith, type FlagsmithOptions, storageKey, toStorageRecord } from "../src/index.ts";

type Storage = NonNullable<FlagsmithOptions["storage"]>;

const environmentKey = "ser.node-test-key";
const document = {
  api_key: "client-key",
  feature_states: [
    { feature: { id: 1, name: "banner" }, enabled: true, feature_state_value: "kept ü" },
  ],
  project: { segments: [] },
};

/** Each client opens its own storage, like each process does. */
const storages: readonly (readonly [name: string, open: (base: string) => Storage])[] = [
  ["the fs driver", (base) => fsDriver({ base })],
  ["a storage with the fs driver", (base) => createStorage({ driver: fsDriver({ base }) })],
];

let base = "";
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "flagsmith-"));
});
afterEach(() => rm(base, { recursive: true }));

function createClient(storage: Storage, respond: () => Response) {
  const fetch = vi.fn(async () => respond());
  const logger = { warn: vi.fn(), error: vi.fn() };
  const options = { environmentKey, enableLocalEvaluation: true, storage, fetch, logger };
  return { flagsmith: new Flagsmith({ ...options, retries: 0 }), fetch, logger };
}

async function expectServed(storage: Storage): Promise<void> {
  const { flagsmith, fetch } = createClient(storage, () => new Response(null, { status: 500 }));
  expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("kept ü");
  expect(fetch).not.toHaveBeenCalled();
  await flagsmith.close();
}

it.each(storages)("serves a restarted process from %s without a request", async (_, open) => {
  const { flagsmith, fetch } = createClient(open(base), () => Response.json(document));
  await flagsmith.ready();
  expect(fetch).toHaveBeenCalledOnce();
  const key = await storageKey(environmentKey);
  await vi.waitFor(async () => expect(await open(base).getItem(key)).toBeTruthy(), {
    timeout: 60_000,
  });
  await flagsmith.close();
  await expectServed(open(base));
});

it("reads the document of another process from a read-only fs driver", async () => {
  const { key, value } = await toStorageRecord(document, { environmentKey });
  await fsDriver({ base }).setItem?.(key, value, {});
  const storage = fsDriver({ base, readOnly: true });
  const { flagsmith, logger } = createClient(storage, () => Response.json({ ...document, id: 2 }));
  await flagsmith.updateEnvironment();
  await expectServed(storage);
  expect(await storage.getItem(key)).toBe(value);
  expect(logger.warn).not.toHaveBeenCalled();
  await flagsmith.close();
});
