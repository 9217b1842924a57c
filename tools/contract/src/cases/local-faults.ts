import type { Flagsmith } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import {
  type ClientOptions,
  captureRejection,
  createLocalClient,
  environmentKey,
  longIntervalSeconds,
  secretHeader,
  shortTimeout,
} from "../client.ts";
import { createMemoryStorage, settlesImmediately, until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { type FaultName, namedFaults, needsTimeout } from "./named-faults.ts";

/** A fault of every load, and the error of a client without a document. */
interface Row {
  readonly fault: FaultName;
  readonly code: string;
  readonly status?: number;
}

const table: readonly Row[] = [
  { fault: "status 500", code: "API_STATUS", status: 500 },
  { fault: "status 503, retry in 1 h", code: "API_STATUS", status: 503 },
  { fault: "status 429", code: "API_STATUS", status: 429 },
  { fault: "status 403", code: "API_STATUS", status: 403 },
  { fault: "status 404", code: "API_STATUS", status: 404 },
  { fault: "no response", code: "API_TIMEOUT" },
  { fault: "connection reset", code: "API_UNREACHABLE" },
  { fault: "body too slow", code: "API_TIMEOUT" },
  { fault: "cut body (length)", code: "API_UNREACHABLE" },
  { fault: "cut body (chunked)", code: "API_UNREACHABLE" },
  { fault: "cut body (close)", code: "INVALID_RESPONSE", status: 200 },
  { fault: "HTML with status 200", code: "INVALID_RESPONSE", status: 200 },
  { fault: "invalid document", code: "INVALID_RESPONSE", status: 200 },
  { fault: "redirect loop", code: "API_UNREACHABLE" },
];

function createFaultyClient(
  context: ContractContext,
  { fault }: Row,
  options?: ClientOptions,
): Flagsmith {
  return createLocalClient(context, {
    ...(needsTimeout(fault) && shortTimeout),
    retries: 0,
    ...options,
  });
}

/** A client that gets no document may give up sooner: no response has to arrive in time. */
function emptyClientOptions({ fault }: Row): ClientOptions {
  return needsTimeout(fault) ? { requestTimeoutSeconds: 0.2 } : {};
}

function createErrorCase(row: Row): ContractCase {
  const { fault, code, status } = row;
  return {
    name: `local, no document, ${fault}: throws ${code}, then at once`,
    async run(context) {
      await context.api.control.failNext(999, namedFaults[fault]);
      const client = createFaultyClient(context, row, emptyClientOptions(row));
      const error = await captureRejection(client.getIdentityFlags("alice"));
      expect(error).to.be.instanceOf(context.adapter.FlagsmithAPIError);
      expect(error).to.include({ code, status });
      for (const secret of [environmentKey, secretHeader]) {
        expect(context.inspect(error)).not.to.include(secret);
      }
      const next = await settlesImmediately(captureRejection(client.getEnvironmentFlags()));
      expect(next).to.include({ code });
    },
  };
}

function createDefaultsCase(row: Row): ContractCase {
  return {
    name: `local, no document, ${row.fault}: uses default flags`,
    async run(context) {
      await context.api.control.failNext(999, namedFaults[row.fault]);
      const defaultFlagHandler = (name: string) => ({ enabled: true, value: name });
      const options = { defaultFlagHandler, ...emptyClientOptions(row) };
      const client = createFaultyClient(context, row, options);
      const flags = await client.getIdentityFlags("alice");
      expect(flags.getFlag("max_items")).to.include({ value: "max_items", isDefault: true });
      const snapshot = await client.getSnapshot();
      expect(snapshot.environmentFlags().getFlag("max_items").isDefault).to.equal(true);
    },
  };
}

function createMemoryCase(row: Row): ContractCase {
  return {
    name: `local, document in memory, ${row.fault}: still used, error reported`,
    mostlyWaits: needsTimeout(row.fault),
    async run(context) {
      const errors: unknown[] = [];
      const client = createFaultyClient(context, row, {
        onEnvironmentChange: (error) => error && errors.push(error),
      });
      await client.ready();
      await context.api.control.failNext(999, namedFaults[row.fault]);
      const error = await captureRejection(client.updateEnvironment());
      expect(error).to.include({ code: row.code });
      expect(errors).to.have.lengthOf(1);
      await expectDocument(client);
    },
  };
}

/** The stored document is so old that the API is asked first. */
function createStorageCase(row: Row): ContractCase {
  return {
    name: `local, old document in storage, ${row.fault}: used`,
    mostlyWaits: needsTimeout(row.fault),
    async run(context) {
      const storage = await createOldStorage(context);
      await context.api.control.failNext(999, namedFaults[row.fault]);
      const client = createFaultyClient(context, row, { storage });
      await expectDocument(client);
      // The document may answer before the request has arrived.
      await until(async () => (await context.api.control.requests()).length > 0);
    },
  };
}

async function createOldStorage(context: ContractContext) {
  const storage = createMemoryStorage();
  const client = createLocalClient(context, { storage });
  await client.ready();
  // The document and its lease.
  await until(async () => storage.values.size === 2);
  await client.close();
  await context.api.control.clearRequests();
  const fetchedAt = Date.now() - 20_000 * longIntervalSeconds;
  for (const [key, value] of storage.values) {
    await storage.setItem?.(key, JSON.stringify({ ...JSON.parse(value), fetchedAt }));
  }
  return storage;
}

async function expectDocument(client: Flagsmith): Promise<void> {
  const flags = await client.getIdentityFlags("alice");
  expect(flags.getFlag("max_items")).to.include({ value: 99, isDefault: false });
}

/** Local mode while the API, or the connection to it, fails. */
export const localFaultCases: readonly ContractCase[] = [
  ...table.map(createErrorCase),
  ...table.map(createDefaultsCase),
  ...table.map(createMemoryCase),
  ...table.map(createStorageCase),
  {
    name: "local: after a failed first load the document arrives in the background",
    async run(context) {
      await context.api.control.failNext(1, { kind: "status", status: 500 });
      const client = createLocalClient(context, { retries: 0 });
      const error = await captureRejection(client.getEnvironmentFlags());
      expect(error).to.include({ code: "API_STATUS" });
      await until(async () => {
        const flags = await client.getEnvironmentFlags().catch(() => undefined);
        return flags?.getFeatureValue("max_items") === 25;
      });
    },
  },
];
