import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { createStorage, prefixStorage } from "unstorage";
import memoryDriver from "unstorage/drivers/memory";
import { createLocalClient, createRecordingLogger, environmentKey } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

/** unstorage as the option `storage`. Its drivers return text, its storages parsed values. */
export const unstorageCases: readonly ContractCase[] = [
  {
    name: "unstorage: a restart with the memory driver needs no request",
    async run(context) {
      const driver = memoryDriver();
      await expectRestart(context, () => driver);
    },
  },
  {
    name: "unstorage: a restart with a storage, prefixed or not, needs no request",
    async run(context) {
      const storage = createStorage();
      await expectRestart(context, () => prefixStorage(storage, "flags"));
      const key = `flags:${await createKey(context)}`;
      expect(await storage.getKeys()).to.have.members([key, `${key}-lease`]);
      await expectRestart(context, () => storage);
    },
  },
  {
    name: "unstorage: a read-only driver works without warnings, alone or in a storage",
    async run(context) {
      const { setItem, ...driver } = memoryDriver();
      const { key, value } = await context.adapter.toStorageRecord(
        await context.api.control.document(),
        { environmentKey, apiUrl: context.api.url },
      );
      await setItem?.(key, value, {});
      await expectReadable(context, driver);
      await expectReadable(context, createStorage({ driver }));
    },
  },
];

/** Fills the storage with one client and starts another one on the same data while the API fails. */
async function expectRestart(
  context: ContractContext,
  open: () => FlagsmithStorage,
): Promise<void> {
  const key = await createKey(context);
  const storage = open();
  const client = createLocalClient(context, { storage });
  await client.ready();
  await until(async () => (await storage.getItem(key)) !== null);
  await client.close();
  await expectUsed(context, open());
}

/** A client that loads a new document cannot write it, and logs nothing about the storage. */
async function expectReadable(context: ContractContext, storage: FlagsmithStorage): Promise<void> {
  const logger = createRecordingLogger();
  const client = createLocalClient(context, { storage, logger });
  await client.updateEnvironment();
  await client.close();
  await expectUsed(context, storage);
  expect(
    logger.lines.filter((line) => line.startsWith("Reading") || line.startsWith("Writing")),
  ).to.deep.equal([]);
}

async function expectUsed(context: ContractContext, storage: FlagsmithStorage): Promise<void> {
  const { control } = context.api;
  await control.clearRequests();
  await control.failNext(99, { kind: "status", status: 500 });
  const flags = await createLocalClient(context, { storage }).getIdentityFlags("alice");
  expect(flags.getFeatureValue("max_items")).to.equal(99);
  expect(await control.requests()).to.have.lengthOf(0);
  await control.clearFaults();
}

function createKey({ adapter, api }: ContractContext): Promise<string> {
  return adapter.storageKey(environmentKey, api.url);
}
