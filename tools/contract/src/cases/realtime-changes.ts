import { expect } from "chai";
import { createRecordingLogger } from "../client.ts";
import { pause, setMaxItems, until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { createFollowingClient, listRequests, untilMaxItems } from "./realtime-client.ts";

/** Changes of the document that arrive by realtime events. */
export const realtimeChangeCases: readonly ContractCase[] = [
  {
    name: "realtime: an event brings a change without a poll",
    async run(context) {
      const { control } = context.api;
      const client = await createFollowingClient(context);
      await setMaxItems(control, 26);
      await untilMaxItems(client, 26);
      const { streams, documents } = await listRequests(context);
      expect(documents).to.have.lengthOf(3);
      const { api_key } = await control.document();
      const paths = [`/sse/environments/${api_key}/stream`];
      expect(streams.map(({ path }) => path)).to.deep.equal(paths);
      expect(streams[0]?.headers).to.include({ accept: "text/event-stream" });
      expect(streams[0]?.headers).not.to.have.property("x-environment-key");
    },
  },
  {
    name: "realtime: many events of one change cause one load, old events none",
    async run(context) {
      const { control } = context.api;
      const logger = createRecordingLogger();
      const client = await createFollowingClient(context, { logger });
      await control.sendToStreams((await createEvents(context, 300)).join(""));
      // The warning about this event shows that the events before it were processed.
      await control.sendToStreams("data: no JSON\n\n");
      await until(async () => countStreamWarnings(logger) === 1);

      await setMaxItems(control, 26);
      await control.sendToStreams((await createEvents(context, 300)).reverse().join(""));
      await untilMaxItems(client, 26);
      await setMaxItems(control, 27);
      await untilMaxItems(client, 27);
      expect((await listRequests(context)).documents).to.have.lengthOf(4);
    },
  },
  {
    name: "realtime: frequent changes cause at most one load per second",
    async run(context) {
      const client = await createFollowingClient(context);
      const begin = Date.now();
      for (let value = 101; value <= 160; value++) {
        await setMaxItems(context.api.control, value);
        await pause(20);
      }
      await untilMaxItems(client, 160);
      const seconds = (Date.now() - begin) / 1000;
      // Two loads at the start, one at once, then one per second.
      expect((await listRequests(context)).documents.length).to.be.at.most(3 + seconds);
    },
  },
  {
    name: "realtime: an event is read byte by byte, between comments and invalid events",
    async run(context) {
      const { control } = context.api;
      const logger = createRecordingLogger();
      await createFollowingClient(context, { logger });
      await control.sendToStreams(": ping\r\n\r\ndata: ping\n\nevent: х\ndata: {\n\n");
      const at = Date.now() / 1000 + 3600;
      const event = new TextEncoder().encode(
        `data: {"é": "€",\r\ndata: "updated_at": ${at}}\r\n\r\n`,
      );
      for (const byte of event) await control.sendToStreams(Uint8Array.of(byte));
      await until(async () => (await listRequests(context)).documents.length >= 3);
      expect(countStreamWarnings(logger)).to.equal(1);
    },
  },
  ...(["resetStreams", "endStreams"] as const).map(
    (lose): ContractCase => ({
      name: `realtime: changes without a stream are loaded after a reconnect (${lose})`,
      mostlyWaits: true,
      async run(context) {
        const { control } = context.api;
        const client = await createFollowingClient(context);
        await control[lose]();
        await setMaxItems(control, 26);
        await untilMaxItems(client, 26);
        await until(async () => (await control.openStreamCount()) === 1);
        await setMaxItems(control, 27);
        await untilMaxItems(client, 27);
      },
    }),
  ),
];

/** Counts the warnings about invalid events. */
function countStreamWarnings({ lines }: { readonly lines: readonly string[] }): number {
  return lines.filter((line) => line.includes("updated_at")).length;
}

/** Creates events with the date of the document and with the seconds before it, newest first. */
async function createEvents({ api }: ContractContext, count: number): Promise<string[]> {
  const { updated_at = "" } = await api.control.document();
  const newest = Date.parse(updated_at) / 1000;
  return Array.from({ length: count }, (_, age) => `data: {"updated_at": ${newest - age}}\n\n`);
}
