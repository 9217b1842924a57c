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

/** Made anew for each client, as by each process. */
const storages: readonly (readonly [name: string, open: (base: string) => Storage])[] = [
  ["the fs driver", (base) => fsDriver({ base })],
  ["a storage over the fs driver", (base) => createStorage({ driver: fsDriver({ base }) })],
];

let base = "";
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "flagsmith-"));
});
afterEach(() => rm(base, { recursive: true }));

function clientOf(storage: Storage, answer: () => Response) {
  const fetch = vi.fn(async () => answer());
  const logger = { warn: vi.fn(), error: vi.fn() };
  const options = { environmentKey, enableLocalEvaluation: true, storage, fetch, logger };
  return { flagsmith: new Flagsmith({ ...options, retries: 0 }), fetch, logger };
}

async function expectServed(storage: Storage): Promise<void> {
  const { flagsmith, fetch } = clientOf(storage, () => new Response(null, { status: 500 }));
  expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("kept ü");
  expect(fetch).not.toHaveBeenCalled();
  await flagsmith.close();
}

it.each(storages)("a restart is served from %s of unstorage without a request", async (_, open) => {
  const { flagsmith, fetch } = clientOf(open(base), () => Response.json(document));
  await flagsmith.ready();
  expect(fetch).toHaveBeenCalledOnce();
  const key = await storageKey(environmentKey);
  await vi.waitFor(async () => expect(await open(base).getItem(key)).toBeTruthy());
  await flagsmith.close();
  await expectServed(open(base));
});

it("reads what another process has written where the fs driver is read-only", async () => {
  const { key, value } = await toStorageRecord(document, { environmentKey });
  await fsDriver({ base }).setItem?.(key, value, {});
  const storage = fsDriver({ base, readOnly: true });
  const { flagsmith, logger } = clientOf(storage, () => Response.json({ ...document, id: 2 }));
  await flagsmith.updateEnvironment();
  await expectServed(storage);
  expect(await storage.getItem(key)).toBe(value);
  expect(logger.warn).not.toHaveBeenCalled();
  await flagsmith.close();
});
