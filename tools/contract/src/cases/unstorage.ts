import type { FlagsmithStorage } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { createStorage, prefixStorage } from "unstorage";
import memoryDriver from "unstorage/drivers/memory";
import { createRecordingLogger, environmentKey } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { createLocalClient } from "./local.ts";

/** What unstorage makes is a `storage` as it is: its drivers give text, its storages what they parse of it. */
export const unstorageCases: readonly ContractCase[] = [
  {
    name: "unstorage: a restart is served from the memory driver without a request",
    async run(context) {
      const driver = memoryDriver();
      await expectRestart(context, () => driver);
    },
  },
  {
    name: "unstorage: a restart is served from a storage, prefixed or not, without a request",
    async run(context) {
      const storage = createStorage();
      await expectRestart(context, () => prefixStorage(storage, "flags"));
      expect(await storage.getKeys()).to.deep.equal([`flags:${await keyOf(context)}`]);
      await expectRestart(context, () => storage);
    },
  },
  {
    name: "unstorage: a driver that only reads is no error, alone or in a storage",
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

/** A client fills the storage; the next, which finds the API down, is made with another on the same data. */
async function expectRestart(
  context: ContractContext,
  open: () => FlagsmithStorage,
): Promise<void> {
  await context.api.control.reset();
  const key = await keyOf(context);
  const storage = open();
  const before = createLocalClient(context, { storage });
  await before.ready();
  await until(async () => (await storage.getItem(key)) !== null);
  await before.close();
  await expectServed(context, open());
}

/** Whoever loads the document anew from there on keeps it to himself. */
async function expectReadable(context: ContractContext, storage: FlagsmithStorage): Promise<void> {
  await context.api.control.reset();
  const logger = createRecordingLogger();
  const client = createLocalClient(context, { storage, logger });
  await client.updateEnvironment();
  await expectServed(context, storage);
  expect(logger.lines.filter((line) => line.includes("storage"))).to.deep.equal([]);
  await client.close();
}

async function expectServed(context: ContractContext, storage: FlagsmithStorage): Promise<void> {
  const { control } = context.api;
  await control.clearRequests();
  await control.failNext(99, { kind: "status", status: 500 });
  const client = createLocalClient(context, { storage });
  expect((await client.getIdentityFlags("alice")).getFeatureValue("max_items")).to.equal(99);
  expect(await control.requests()).to.have.lengthOf(0);
  await client.close();
}

function keyOf({ adapter, api }: ContractContext): Promise<string> {
  return adapter.storageKey(environmentKey, api.url);
}
