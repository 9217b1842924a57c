import { expect } from "chai";
import { createRecordingLogger, environmentKey } from "../client.ts";
import { pause, setMaxItems, until } from "../conditions.ts";
import type { ContractCase } from "../contract.ts";
import {
  createFollowingClient,
  createRealtimeClient,
  listRequests,
  untilClosed,
  untilMaxItems,
} from "./realtime-client.ts";

/** Connections to the realtime stream on runtimes with background work. */
export const realtimeConnectionCases: readonly ContractCase[] = [
  {
    name: "realtime: another origin gets neither the key nor the custom headers",
    async run(context) {
      const { elsewhere } = context;
      const client = createRealtimeClient(context, { realtimeApiUrl: elsewhere.origin });
      await client.ready();
      await until(async () => (await elsewhere.control.openStreamCount()) === 1);
      const [request] = await elsewhere.control.requests();
      expect(request?.headers).not.to.have.property("x-secret");
      expect(JSON.stringify(request)).not.to.include(environmentKey);
      await client.close();
      await until(async () => (await elsewhere.control.openStreamCount()) === 0);
    },
  },
  {
    name: "realtime: a silent stream is replaced, one with comments is kept",
    mostlyWaits: true,
    async run(context) {
      const { control } = context.api;
      await createFollowingClient(context, { realtimeTimeoutSeconds: 5 });
      // In total longer than the timeout, each pause a small fraction of it.
      for (let count = 0; count < 60; count++) {
        await pause(100);
        await control.sendToStreams(":\n");
      }
      expect((await listRequests(context)).streams).to.have.lengthOf(1);
      await until(async () => (await listRequests(context)).streams.length > 1);
      await until(async () => (await control.openStreamCount()) <= 1);
    },
  },
  {
    name: "realtime: a 404 is logged once, without the key, and polling continues",
    mostlyWaits: true,
    async run(context) {
      const { control, origin } = context.api;
      const logger = createRecordingLogger();
      const client = createRealtimeClient(context, {
        realtimeApiUrl: `${origin}/nowhere/`,
        environmentRefreshIntervalSeconds: 0.1,
        logger,
      });
      await client.ready();
      await setMaxItems(control, 26);
      await untilMaxItems(client, 26);
      await until(async () => (await listRequests(context)).documents.length > 4);
      expect((await listRequests(context)).streams).to.have.lengthOf(1);
      expect(logger.lines.filter((line) => line.includes("status 404"))).to.have.lengthOf(1);
      const { api_key } = await control.document();
      const printed = `${logger.lines.join("\n")}${context.inspect(client)}`;
      expect(printed).not.to.include(api_key);
    },
  },
  {
    name: "realtime: close() ends a stream, its opening, or the wait for a reconnect",
    mostlyWaits: true,
    async run(context) {
      const { control } = context.api;
      await untilClosed(context, await createFollowingClient(context));

      const opening = createRealtimeClient(context);
      await opening.ready();
      await opening.close();

      const logger = createRecordingLogger();
      const waiting = await createFollowingClient(context, { logger });
      const { length } = logger.lines;
      await control.resetStreams();
      // The client logs that it has lost the stream.
      await until(async () => logger.lines.length > length);
      await untilClosed(context, waiting);

      await control.clearRequests();
      // Longer than the wait for the first reconnect.
      await pause(1200);
      expect(await control.openStreamCount()).to.equal(0);
      expect(await control.requests()).to.have.lengthOf(0);
    },
  },
];

/** Realtime updates on runtimes without background work. */
export const noRealtimeCases: readonly ContractCase[] = [
  {
    name: "realtime: isolates reject the option and name the alternative",
    async run(context) {
      let error: unknown;
      try {
        createRealtimeClient(context);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).to.be.instanceOf(context.adapter.FlagsmithClientError);
      expect(error).to.include({ code: "INVALID_OPTIONS" });
      expect(String(error)).to.match(/enableRealtimeUpdates.*createWebhookHandler/);
    },
  },
];
