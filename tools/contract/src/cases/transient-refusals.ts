import type { Logger } from "@flagsmith-isomorphic/core";
import { expect } from "chai";
import { captureRejection, createClient, createLocalClient } from "../client.ts";
import { setMaxItems, until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import { createRecordingRequest } from "./isolate.ts";
import { createRealtimeClient, listRequests, untilMaxItems } from "./realtime-client.ts";

/** The reason in the body of a refusal. */
const detail = "Organisation is disabled from serving flags";

const statuses = [401, 403, 404] as const;

/** Creates a logger that keeps the lines about loads and streams, with their levels. */
function createLevelLogger(): Logger & { readonly lines: readonly string[] } {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => {
    // The document has faulty segments and no realtime updates, and other cases have clients. This is logged as well.
    if (!/^Segment|are not enabled|clients with one environment key/.test(message))
      lines.push(`${level}: ${message}`);
  };
  return { lines, info: write("info"), warn: write("warn"), error: write("error") };
}

function createRemoteCase(status: number): ContractCase {
  return {
    name: `refusal: remote mode works again after one ${status}, whose error has its reason`,
    async run(context) {
      const client = createClient(context);
      await context.api.control.failNext(1, { kind: "status", status, body: { detail } });
      const error = await captureRejection(client.getEnvironmentFlags());
      expect(error).to.include({ code: "API_STATUS", status, reason: detail });
      expect(String(error)).to.include(detail);
      const flags = await client.getEnvironmentFlags();
      expect(flags.getFeatureValue("max_items")).to.equal(25);
    },
  };
}

function createLocalCase(status: number): ContractCase {
  // A 404 is an ordinary failure: the next load comes after one interval as well.
  const isRefusal = status !== 404;
  return {
    name: `refusal: local mode is current again after one ${status}, and logs its reason once`,
    mostlyWaits: true,
    async run(context) {
      const { control } = context.api;
      const logger = createLevelLogger();
      const client = createLocalClient(context, { environmentRefreshIntervalSeconds: 1, logger });
      await client.ready();
      await control.failNext(1, { kind: "status", status, body: { detail } });
      await setMaxItems(control, 26);
      // On isolates, requests start the loads.
      await until(async () => {
        const request = createRecordingRequest();
        const flags = await client.forRequest(request).getEnvironmentFlags();
        await Promise.all(request.work);
        return flags.getFeatureValue("max_items") === 26;
      });
      const [start, ...others] = logger.lines;
      expect(start).to.match(isRefusal ? /^error: / : /^warn: /);
      expect(start).to.include("could not be refreshed").and.to.include(detail);
      expect(others).to.deep.equal(["info: The environment is loaded again."]);
    },
  };
}

/** Transient 401, 403 and 404 on every runtime. */
export const transientRefusalCases: readonly ContractCase[] = [
  ...statuses.map(createRemoteCase),
  ...statuses.map(createLocalCase),
];

/** The same for the realtime stream, on runtimes with background work. */
export const streamRefusalCases: readonly ContractCase[] = statuses.map((status) => ({
  name: `refusal: a stream opens again after one ${status}, and logs its reason once`,
  async run(context) {
    const { control } = context.api;
    const logger = createLevelLogger();
    await control.failNext(1, { kind: "status", status, body: { detail }, path: "sse" });
    const client = createRealtimeClient(context, { logger });
    await client.ready();
    await until(async () => logger.lines.length === 1);
    expect(logger.lines[0]).to.match(/^error: Realtime updates are refused; polling continues: /);
    expect(logger.lines[0]).to.include(detail);
    expect((await listRequests(context)).streams).to.have.lengthOf(1);
    // Opens the stream at once. Otherwise that happens after a minute.
    await client.updateEnvironment();
    await until(async () => (await control.openStreamCount()) === 1);
    await until(async () => logger.lines.length === 2);
    expect(logger.lines[1]).to.equal("info: Realtime updates work again.");
    await setMaxItems(control, 26);
    await untilMaxItems(client, 26);
    expect(logger.lines).to.have.lengthOf(2);
  },
}));
