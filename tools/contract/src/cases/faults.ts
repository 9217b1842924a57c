import type { Fault } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import {
  captureRejection,
  createClient,
  createRecordingLogger,
  environmentKey,
  secretHeader,
} from "../client.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

/** A fault that lasts, and how a call ends under it: the client retries twice. */
interface Row {
  readonly fault: Fault;
  readonly code: string;
  readonly status?: number;
  readonly requests: number;
}

const status = (code: number, requests: number, retryAfter?: string): Row => ({
  fault: { kind: "status", status: code, ...(retryAfter !== undefined && { retryAfter }) },
  code: "API_STATUS",
  status: code,
  requests,
});

const wrongShape = (json: Extract<Fault, { kind: "wrongShape" }>["json"]): Row => ({
  fault: { kind: "wrongShape", json },
  code: "INVALID_RESPONSE",
  status: 200,
  requests: 1,
});

const table: readonly Row[] = [
  status(400, 1),
  status(401, 1),
  status(403, 1),
  status(404, 1),
  status(429, 3),
  status(500, 3),
  status(502, 3),
  status(503, 3),
  status(503, 1, "3600"),
  status(429, 1, "Fri, 01 Jan 2100 00:00:00 GMT"),
  status(503, 3, "0"),
  {
    fault: { kind: "status", status: 500, html: true },
    code: "API_STATUS",
    status: 500,
    requests: 3,
  },
  { fault: { kind: "hang" }, code: "API_TIMEOUT", requests: 3 },
  { fault: { kind: "reset" }, code: "API_UNREACHABLE", requests: 3 },
  { fault: { kind: "slowHead", delayMs: 5000 }, code: "API_TIMEOUT", requests: 3 },
  { fault: { kind: "slowBody", delayMs: 150, chunks: 20 }, code: "API_TIMEOUT", requests: 3 },
  { fault: { kind: "cutBody", framing: "length" }, code: "API_UNREACHABLE", requests: 3 },
  { fault: { kind: "cutBody", framing: "chunked" }, code: "API_UNREACHABLE", requests: 3 },
  {
    fault: { kind: "cutBody", framing: "close" },
    code: "INVALID_RESPONSE",
    status: 200,
    requests: 1,
  },
  { fault: { kind: "html200" }, code: "INVALID_RESPONSE", status: 200, requests: 1 },
  wrongShape(null),
  wrongShape({ hello: 1 }),
  wrongShape({ flags: null }),
  wrongShape([{ feature: { id: 1, name: "a" }, feature_state_value: null }]),
  wrongShape({ flags: [{ enabled: true, feature_state_value: null }] }),
  { fault: { kind: "redirectLoop" }, code: "API_UNREACHABLE", requests: 6 },
];

const trait = "contract-trait-value";
const secrets = [environmentKey, secretHeader, trait, "contract-identifier"];

function expectNoSecret(text: string): void {
  for (const secret of secrets) expect(text).not.to.include(secret);
}

function nameOf({ fault }: Row): string {
  const { kind, ...details } = fault;
  return Object.keys(details).length === 0 ? kind : `${kind} ${JSON.stringify(details)}`;
}

/** Without a handler: the error, its code and status, the number of requests, and no secret in it. */
function throwing(row: Row): ContractCase {
  const { fault, code, requests } = row;
  return {
    name: `${nameOf(row)}: throws ${code} after ${requests} request(s)`,
    async run(context) {
      await context.api.control.failNext(99, fault);
      const logger = createRecordingLogger();
      const error = await captureRejection(createClient(context, { logger }).getEnvironmentFlags());
      expect(error).to.be.instanceOf(context.adapter.FlagsmithAPIError);
      expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
      expect(error).to.include({ code, status: row.status });
      expectNoSecret(context.inspect(error));
      expectNoSecret(logger.lines.join());
      await expectRequests(context, row, "GET");
    },
  };
}

/** With a handler: default flags, after as many requests. */
function defaulting(row: Row): ContractCase {
  const { fault, requests } = row;
  return {
    name: `${nameOf(row)}: default flags answer after ${requests} request(s)`,
    async run(context) {
      await context.api.control.failNext(99, fault);
      const logger = createRecordingLogger();
      const defaultFlagHandler = (name: string) => ({ enabled: true, value: name });
      const client = createClient(context, { logger, defaultFlagHandler });
      const flags = await client.getIdentityFlags("contract-identifier", { plan: trait });
      expect(flags.getFlag("max_items")).to.include({ value: "max_items", isDefault: true });
      expect(flags.allFlags()).to.deep.equal([]);
      expect(logger.lines.join()).to.include("Default flags");
      expectNoSecret(logger.lines.join());
      await expectRequests(context, row, "POST");
    },
  };
}

/** As many requests as the client makes, and one that the runtime may add. */
async function expectRequests(
  { api, resendsAfterReset }: ContractContext,
  { fault, requests }: Row,
  method: "GET" | "POST",
): Promise<void> {
  const resent = fault.kind === "reset" && resendsAfterReset.includes(method) ? 1 : 0;
  const { length } = await api.control.requests();
  expect(length).to.be.within(requests, requests + resent);
}

/** Faults that pass: one attempt fails, the next answers. */
const passing: readonly Fault[] = [
  { kind: "status", status: 408 },
  { kind: "status", status: 425 },
  { kind: "status", status: 429 },
  { kind: "status", status: 503 },
  { kind: "hang" },
  { kind: "reset" },
  { kind: "slowBody", delayMs: 150, chunks: 20 },
  { kind: "cutBody", framing: "chunked" },
];

function recovering(fault: Fault): ContractCase {
  return {
    name: `${nameOf({ fault, code: "", requests: 2 })} once: the retry answers, with a timeout of its own`,
    async run(context) {
      const { adapter, api } = context;
      await api.control.failNext(1, fault);
      // The adapter's own policy.
      const client = new adapter.Flagsmith({
        environmentKey,
        apiUrl: api.url,
        requestTimeoutSeconds: 1,
      });
      const flags = await client.getIdentityFlags("user-1", { plan: "gold" });
      expect(flags.getFeatureValue("max_items")).to.equal(25);
      const requests = await api.control.requests();
      expect(requests).to.have.lengthOf(2);
      expect(requests[1]?.body).to.equal(requests[0]?.body);
    },
  };
}

async function expectRedirected(context: ContractContext, code: 301 | 302 | 303 | 307 | 308) {
  await context.api.control.reset();
  await context.api.control.failNext(1, { kind: "redirect", status: code });
  const flags = await createClient(context).getIdentityFlags("user-1", { plan: "gold" });
  expect(flags.getFeatureValue("max_items")).to.equal(25);
  const [first, second, ...more] = await context.api.control.requests();
  expect(more).to.have.lengthOf(0);
  expect(second).to.include({ method: "POST", body: first?.body });
  expect(second?.headers).to.include({ "x-environment-key": environmentKey });
}

/** Remote mode while the API, or the way to it, is ill. */
export const faultCases: readonly ContractCase[] = [
  ...table.map(throwing),
  ...table.map(defaulting),
  ...passing.map(recovering),
  {
    name: "Retry-After: 1 is obeyed",
    async run(context) {
      await context.api.control.failNext(1, { kind: "status", status: 503, retryAfter: "1" });
      await createClient(context).getEnvironmentFlags();
      const [first, second] = await context.api.control.requests();
      // Timers may fire a little early by the server's clock.
      expect((second?.time ?? 0) - (first?.time ?? 0)).to.be.within(980, 1900);
    },
  },
  {
    name: "the deadline wins over the number of retries",
    async run(context) {
      await context.api.control.failNext(99, { kind: "hang" });
      const options = { requestTimeoutSeconds: 0.4, requestDeadlineSeconds: 1, retries: 20 };
      const begin = Date.now();
      const error = await captureRejection(createClient(context, options).getEnvironmentFlags());
      expect(error).to.include({ code: "API_TIMEOUT" });
      expect(Date.now() - begin).to.be.below(3000);
    },
  },
  {
    name: "a redirect within the origin is followed, method and body kept",
    async run(context) {
      for (const code of [301, 302, 303, 307, 308] as const) await expectRedirected(context, code);
    },
  },
  {
    name: "another origin never sees the key: the error names both origins",
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
    name: "a server that is not there is API_UNREACHABLE",
    async run(context) {
      const client = createClient(context, { apiUrl: "http://127.0.0.1:1/api/v1/", retries: 0 });
      const error = await captureRejection(client.getEnvironmentFlags());
      expect(error).to.include({ code: "API_UNREACHABLE", status: undefined });
      expectNoSecret(context.inspect(error));
    },
  },
];
