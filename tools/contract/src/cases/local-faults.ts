import type { FlagsmithOptions } from "@flagsmith-isomorphic/core";
import type { Fault } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { captureRejection, createClient, environmentKey, secretHeader } from "../client.ts";
import { createMemoryStorage, until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

/** A fault of every load, and what a client without any document says. */
interface Row {
  readonly fault: Fault;
  readonly code: string;
  readonly status?: number;
}

const table: readonly Row[] = [
  { fault: { kind: "status", status: 500 }, code: "API_STATUS", status: 500 },
  { fault: { kind: "status", status: 503, retryAfter: "3600" }, code: "API_STATUS", status: 503 },
  { fault: { kind: "status", status: 429 }, code: "API_STATUS", status: 429 },
  { fault: { kind: "status", status: 403 }, code: "API_STATUS", status: 403 },
  { fault: { kind: "status", status: 404 }, code: "API_STATUS", status: 404 },
  { fault: { kind: "hang" }, code: "API_TIMEOUT" },
  { fault: { kind: "reset" }, code: "API_UNREACHABLE" },
  { fault: { kind: "slowBody", delayMs: 150, chunks: 20 }, code: "API_TIMEOUT" },
  { fault: { kind: "cutBody", framing: "length" }, code: "API_UNREACHABLE" },
  { fault: { kind: "cutBody", framing: "chunked" }, code: "API_UNREACHABLE" },
  { fault: { kind: "cutBody", framing: "close" }, code: "INVALID_RESPONSE", status: 200 },
  { fault: { kind: "html200" }, code: "INVALID_RESPONSE", status: 200 },
  { fault: { kind: "wrongShape", json: { project: {} } }, code: "INVALID_RESPONSE", status: 200 },
  { fault: { kind: "redirectLoop" }, code: "API_UNREACHABLE" },
];

const local: Partial<FlagsmithOptions> = {
  enableLocalEvaluation: true,
  requestTimeoutSeconds: 0.2,
  requestDeadlineSeconds: 0.5,
  retries: 0,
};

/** Without a document: the error, then at once; with a handler, default flags. */
function neverHad({ fault, code, status }: Row): ContractCase {
  return {
    name: `local, never had a document, ${nameOf(fault)}: ${code}, then at once; or default flags`,
    async run(context) {
      await context.api.control.failNext(999, fault);
      const client = createClient(context, local);
      const error = await captureRejection(client.getIdentityFlags("alice"));
      expect(error).to.be.instanceOf(context.adapter.FlagsmithAPIError);
      expect(error).to.include({ code, status });
      for (const secret of [environmentKey, secretHeader]) {
        expect(context.inspect(error)).not.to.include(secret);
      }
      const begin = Date.now();
      expect(await captureRejection(client.getEnvironmentFlags())).to.include({ code });
      expect(Date.now() - begin).to.be.below(150);
      await client.close();

      const defaultFlagHandler = (name: string) => ({ enabled: true, value: name });
      const defaulting = createClient(context, { ...local, defaultFlagHandler });
      const flags = await defaulting.getIdentityFlags("alice");
      expect(flags.getFlag("max_items")).to.include({ value: "max_items", isDefault: true });
      const snapshot = await defaulting.getSnapshot();
      expect(snapshot.environmentFlags().getFlag("max_items").isDefault).to.equal(true);
      await defaulting.close();
    },
  };
}

/** With a document in memory: it goes on answering, and the failure is told. */
function hadOne({ fault, code }: Row): ContractCase {
  return {
    name: `local, had a document, ${nameOf(fault)}: it goes on answering`,
    async run(context) {
      const failures: unknown[] = [];
      const client = createClient(context, {
        ...local,
        onEnvironmentChange: (error) => error && failures.push(error),
      });
      await client.ready();
      await context.api.control.failNext(999, fault);
      expect(await captureRejection(client.updateEnvironment())).to.include({ code });
      expect(failures).to.have.lengthOf(1);
      await expectDocument(client);
      await client.close();
    },
  };
}

/** With a document in the storage, too old to be served unasked: the API's failure makes it answer. */
function hasOneStored({ fault }: Row): ContractCase {
  return {
    name: `local, has an old document in storage, ${nameOf(fault)}: it answers`,
    async run(context) {
      const storage = await storageOfAnHourAgo(context);
      await context.api.control.failNext(999, fault);
      const client = createClient(context, { ...local, storage });
      await expectDocument(client);
      expect((await context.api.control.requests()).length).to.be.above(0);
      await client.close();
    },
  };
}

async function storageOfAnHourAgo(context: ContractContext) {
  const storage = createMemoryStorage();
  const client = createClient(context, { ...local, storage });
  await client.ready();
  await until(async () => storage.values.size === 1);
  await client.close();
  await context.api.control.clearRequests();
  for (const [key, value] of storage.values) {
    const record = JSON.parse(value);
    await storage.setItem?.(key, JSON.stringify({ ...record, fetchedAt: Date.now() - 3_600_000 }));
  }
  return storage;
}

async function expectDocument(client: ReturnType<typeof createClient>): Promise<void> {
  const flags = await client.getIdentityFlags("alice");
  expect(flags.getFlag("max_items")).to.include({ value: 99, isDefault: false });
}

function nameOf({ kind, ...details }: Fault): string {
  return Object.keys(details).length === 0 ? kind : `${kind} ${JSON.stringify(details)}`;
}

/** Local mode while the API, or the way to it, is ill. */
export const localFaultCases: readonly ContractCase[] = [
  ...table.map(neverHad),
  ...table.map(hadOne),
  ...table.map(hasOneStored),
  {
    name: "local: after a failed first load the document arrives in the background",
    async run(context) {
      await context.api.control.failNext(1, { kind: "status", status: 500 });
      const client = createClient(context, local);
      expect(await captureRejection(client.getEnvironmentFlags())).to.include({
        code: "API_STATUS",
      });
      await until(async () => {
        try {
          return (await client.getEnvironmentFlags()).getFeatureValue("max_items") === 25;
        } catch {
          return false;
        }
      });
      await client.close();
    },
  },
];
