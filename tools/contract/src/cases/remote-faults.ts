import { expect } from "chai";
import {
  type ClientOptions,
  captureRejection,
  createClient,
  createRecordingLogger,
  createRetryPolicy,
  environmentKey,
  secretHeader,
  shortTimeout,
} from "../client.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { type FaultName, namedFaults, needsTimeout } from "./named-faults.ts";

/** A fault of every response, the outcome of a call, and the number of its requests. */
interface Row {
  readonly fault: FaultName;
  readonly code: "API_STATUS" | "API_TIMEOUT" | "API_UNREACHABLE" | "INVALID_RESPONSE";
  readonly status?: number;
  readonly requests: number;
}

const table: readonly Row[] = [
  ...([400, 401, 403, 404] as const).map((status) => toStatusRow(`status ${status}`, 1)),
  ...([429, 500, 502, 503] as const).map((status) => toStatusRow(`status ${status}`, 3)),
  toStatusRow("status 500, HTML", 3),
  toStatusRow("status 503, retry now", 3),
  toStatusRow("status 503, retry in 1 h", 1),
  toStatusRow("status 429, retry in 2100", 1),
  { fault: "no response", code: "API_TIMEOUT", requests: 2 },
  { fault: "body too slow", code: "API_TIMEOUT", requests: 2 },
  { fault: "connection reset", code: "API_UNREACHABLE", requests: 3 },
  { fault: "cut body (length)", code: "API_UNREACHABLE", requests: 3 },
  { fault: "cut body (chunked)", code: "API_UNREACHABLE", requests: 3 },
  { fault: "redirect loop", code: "API_UNREACHABLE", requests: 6 },
  // JSON that breaks off may be a connection that broke off.
  { fault: "cut body (close)", code: "INVALID_RESPONSE", status: 200, requests: 3 },
  ...(
    ["HTML with status 200", "JSON null", "JSON without flags", "JSON with null as flags"] as const
  ).map((fault) => ({ fault, code: "INVALID_RESPONSE", status: 200, requests: 1 }) as const),
];

function toStatusRow(fault: FaultName & `status ${number}${string}`, requests: number): Row {
  return { fault, code: "API_STATUS", status: Number(fault.slice(7, 10)), requests };
}

const trait = "contract-trait-value";
const secrets = [environmentKey, secretHeader, trait, "contract-identifier"];

function expectNoSecret(text: string): void {
  for (const secret of secrets) expect(text).not.to.include(secret);
}

/** Two retries; only one if each request takes the whole timeout. */
function optionsFor({ fault }: Row): ClientOptions {
  return needsTimeout(fault) ? { ...shortTimeout, retries: createRetryPolicy(1) } : {};
}

function createErrorCase(row: Row): ContractCase {
  const { fault, code, status, requests } = row;
  return {
    name: `remote, ${fault}: throws ${code} after ${requests} ${requests > 1 ? "requests" : "request"}`,
    mostlyWaits: needsTimeout(fault),
    async run(context) {
      await context.api.control.failNext(99, namedFaults[fault]);
      const logger = createRecordingLogger();
      const client = createClient(context, { logger, ...optionsFor(row) });
      const error = await captureRejection(client.getEnvironmentFlags());
      expect(error).to.be.instanceOf(context.adapter.FlagsmithAPIError);
      expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
      expect(error).to.include({ code, status });
      expectNoSecret(context.inspect(error));
      expectNoSecret(logger.lines.join());
      await expectRequests(context, row, "GET");
    },
  };
}

function createDefaultsCase(row: Row): ContractCase {
  return {
    name: `remote, ${row.fault}: default flags after as many requests`,
    mostlyWaits: needsTimeout(row.fault),
    async run(context) {
      await context.api.control.failNext(99, namedFaults[row.fault]);
      const logger = createRecordingLogger();
      const defaultFlagHandler = (name: string) => ({ enabled: true, value: name });
      const client = createClient(context, { logger, defaultFlagHandler, ...optionsFor(row) });
      const flags = await client.getIdentityFlags("contract-identifier", { plan: trait });
      expect(flags.getFlag("max_items")).to.include({ value: "max_items", isDefault: true });
      expect(flags.allFlags()).to.deep.equal([]);
      expect(logger.lines.join()).to.match(/default flags/i);
      expectNoSecret(logger.lines.join());
      await expectRequests(context, row, "POST");
    },
  };
}

/** The client's requests, and one more if the runtime resends after a reset. */
async function expectRequests(
  { api, resendsAfterReset }: ContractContext,
  { fault, requests }: Row,
  method: "GET" | "POST",
): Promise<void> {
  const isResent = fault === "connection reset" && resendsAfterReset.includes(method);
  const { length } = await api.control.requests();
  expect(length).to.be.within(requests, requests + (isResent ? 1 : 0));
}

/** Faults of one response, after which the retry succeeds. */
const passing: readonly FaultName[] = [
  "status 408",
  "status 425",
  "status 429",
  "status 503",
  "no response",
  "connection reset",
  "body too slow",
  "cut body (chunked)",
];

function createRetryCase(fault: FaultName): ContractCase {
  return {
    name: `remote, ${fault} once: the adapter's own retry succeeds`,
    mostlyWaits: needsTimeout(fault),
    async run(context) {
      const { adapter, api } = context;
      await api.control.failNext(1, namedFaults[fault]);
      const client = new adapter.Flagsmith({
        environmentKey,
        apiUrl: api.url,
        // The first response takes longer than 5 s. A retry on a busy machine takes less.
        requestTimeoutSeconds: needsTimeout(fault) ? 5 : 20,
        // The default deadline leaves less than a second for the retry.
        requestDeadlineSeconds: 60,
      });
      context.after(() => client.close());
      const flags = await client.getIdentityFlags("user-1", { plan: "gold" });
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      const [first, second, ...more] = await api.control.requests();
      expect(more).to.have.lengthOf(0);
      expect(second).to.include({ body: first?.body });
    },
  };
}

/** Remote mode while the API, or the connection to it, fails. */
export const remoteFaultCases: readonly ContractCase[] = [
  ...table.map(createErrorCase),
  ...table.map(createDefaultsCase),
  ...passing.map(createRetryCase),
  {
    name: "remote: Retry-After: 1 delays the retry by a second",
    mostlyWaits: true,
    async run(context) {
      await context.api.control.failNext(1, { kind: "status", status: 503, retryAfter: "1" });
      await createClient(context).getEnvironmentFlags();
      const [first, second, ...more] = await context.api.control.requests();
      expect(more).to.have.lengthOf(0);
      // The client's timer and the server's clock may differ by some milliseconds.
      expect((second?.time ?? 0) - (first?.time ?? 0)).to.be.at.least(980);
    },
  },
  {
    name: "remote: the deadline of a call limits the number of its retries",
    mostlyWaits: true,
    async run(context) {
      await context.api.control.failNext(99, { kind: "hang" });
      const options = { requestTimeoutSeconds: 1.2, requestDeadlineSeconds: 3, retries: 20 };
      const call = createClient(context, options).getEnvironmentFlags();
      expect(await captureRejection(call)).to.include({ code: "API_TIMEOUT" });
      // The deadline has time for two timeouts and the rest.
      expect((await context.api.control.requests()).length).to.be.within(1, 3);
    },
  },
  {
    name: "remote: a redirect within the origin is followed with the same method and body",
    async run(context) {
      const { control } = context.api;
      for (const status of [301, 302, 307, 308] as const) {
        await control.clearRequests();
        await control.failNext(1, { kind: "redirect", status });
        const flags = await createClient(context).getIdentityFlags("user-1", { plan: "gold" });
        expect(flags.getFeatureValue("max_items")).to.equal(25);
        const [first, second, ...more] = await control.requests();
        expect(more).to.have.lengthOf(0);
        expect(second).to.include({ method: "POST", body: first?.body });
        expect(second?.headers).to.include({ "x-environment-key": environmentKey });
      }
    },
  },
  {
    name: "remote: a 303 turns a POST into a GET, whose response is not used",
    async run(context) {
      const { control } = context.api;
      await control.failNext(1, { kind: "redirect", status: 303 });
      const error = await captureRejection(createClient(context).getIdentityFlags("user-1"));
      expect(error).to.include({ code: "INVALID_RESPONSE" });
      const [, second, ...more] = await control.requests();
      expect(more).to.have.lengthOf(0);
      expect(second).to.include({ method: "GET", body: "" });
    },
  },
  {
    name: "remote: a malformed flag costs only itself",
    async run(context) {
      const valid = { feature: { id: 1, name: "valid" }, enabled: true, feature_state_value: 1 };
      const { enabled: _, ...withoutState } = { ...valid, feature: { id: 2, name: "malformed" } };
      const { feature: __, ...withoutFeature } = valid;
      const json = [withoutState, valid, withoutFeature];
      await context.api.control.failNext(1, { kind: "wrongShape", json });
      const defaultFlagHandler = (name: string) => ({ enabled: false, value: name });
      const client = createClient(context, { defaultFlagHandler });
      const flags = await client.getEnvironmentFlags();
      expect(flags.allFlags()).to.have.lengthOf(1);
      expect(flags.getFeatureValue("valid")).to.equal(1);
      expect(flags.getFlag("malformed")).to.include({ value: "malformed", isDefault: true });
    },
  },
  {
    name: "remote: a redirect to another origin is not followed; the error names both",
    async run(context) {
      const { api, elsewhere } = context;
      const location = `${elsewhere.url}flags/`;
      await api.control.failNext(99, { kind: "redirectAway", location });
      const error = await captureRejection(createClient(context).getEnvironmentFlags());
      expect(error).to.include({ code: "API_UNREACHABLE" });
      expect(String(error)).to.include(api.origin).and.to.include(elsewhere.origin);
      expect(await api.control.requests()).to.have.lengthOf(1);
      expect(await elsewhere.control.requests()).to.have.lengthOf(0);
    },
  },
  {
    name: "remote: the error after a response of 407 names the status",
    async run(context) {
      await context.api.control.failNext(99, { kind: "status", status: 407 });
      const client = createClient(context, { retries: 0 });
      const error = await captureRejection(client.getEnvironmentFlags());
      // The fetch of Node.js throws an error without a reason instead.
      expect(String(error)).to.match(/ status 407\b/);
    },
  },
  {
    name: "remote: a refused connection is API_UNREACHABLE",
    async run(context) {
      const client = createClient(context, { apiUrl: "http://127.0.0.1:1/api/v1/", retries: 0 });
      const error = await captureRejection(client.getEnvironmentFlags());
      expect(error).to.include({ code: "API_UNREACHABLE", status: undefined });
      expectNoSecret(context.inspect(error));
    },
  },
];
