import type { Flagsmith } from "@flagsmith-isomorphic/core";
import type { ReceivedRequest } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import {
  type ClientOptions,
  createClient,
  createRecordingLogger,
  environmentKey,
} from "../client.ts";
import { setMaxItems, until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Far more than any case takes: what comes, comes by the stream. */
const noPolls = { environmentRefreshIntervalSeconds: 3600 };

/** Options of a client that follows the realtime stream and never polls. */
export function streamingOptions(
  { api }: ContractContext,
  options: ClientOptions = {},
): ClientOptions {
  return {
    enableLocalEvaluation: true,
    enableRealtimeUpdates: true,
    realtimeApiUrl: api.origin,
    ...noPolls,
    ...options,
  };
}

function createStreamingClient(context: ContractContext, options?: ClientOptions): Flagsmith {
  return createClient(context, streamingOptions(context, options));
}

/** What was asked so far: the stream, and the document. */
async function asked({ api }: ContractContext) {
  const requests = await api.control.requests();
  const isStream = ({ path }: ReceivedRequest) => path.includes("/sse/");
  return {
    streams: requests.filter(isStream),
    documents: requests.filter((request) => !isStream(request)),
  };
}

/** The client is loaded, its stream open, and the document checked since. */
async function untilFollowing(context: ContractContext, client: Flagsmith): Promise<void> {
  await client.ready();
  await until(async () => (await context.api.control.openStreamCount()) === 1);
  await until(async () => (await asked(context)).documents.length === 2);
}

function untilMaxItems(client: Flagsmith, value: number): Promise<void> {
  return until(
    async () => (await client.getEnvironmentFlags()).getFeatureValue("max_items") === value,
  );
}

async function untilClosed({ api }: ContractContext, client: Flagsmith): Promise<void> {
  await client.close();
  await until(async () => (await api.control.openStreamCount()) === 0);
}

/** Realtime updates where work goes on between requests. */
export const streamingCases: readonly ContractCase[] = [
  {
    name: "realtime: a change arrives by the stream, without a poll",
    async run(context) {
      const client = createStreamingClient(context);
      await untilFollowing(context, client);
      await setMaxItems(context.api.control, 26);
      await untilMaxItems(client, 26);
      const { streams, documents } = await asked(context);
      expect(documents).to.have.lengthOf(3);
      const { api_key } = await context.api.control.document();
      expect(streams.map(({ path }) => path)).to.deep.equal([
        `/sse/environments/${api_key}/stream`,
      ]);
      expect(streams[0]?.headers).to.include({ accept: "text/event-stream" });
      expect(streams[0]?.headers).not.to.have.property("x-environment-key");
      await untilClosed(context, client);
    },
  },
  {
    name: "realtime: a stream elsewhere is told neither the key nor the custom headers",
    async run(context) {
      const client = createStreamingClient(context, { realtimeApiUrl: context.elsewhere.origin });
      await client.ready();
      await until(async () => (await context.elsewhere.control.openStreamCount()) === 1);
      const [request] = await context.elsewhere.control.requests();
      expect(request?.headers).not.to.have.property("x-secret");
      expect(JSON.stringify(request)).not.to.include(environmentKey);
      await client.close();
      await until(async () => (await context.elsewhere.control.openStreamCount()) === 0);
    },
  },
  {
    name: "realtime: a storm of events causes one load, and old ones none",
    async run(context) {
      const client = createStreamingClient(context);
      await untilFollowing(context, client);
      await setMaxItems(context.api.control, 26);
      const { updated_at = "" } = await context.api.control.document();
      const at = Date.parse(updated_at) / 1000;
      const events = Array.from({ length: 300 }, (_, i) => `data: {"updated_at": ${at - i}}\n\n`);
      await context.api.control.sendToStreams(events.reverse().join(""));
      await untilMaxItems(client, 26);
      await context.api.control.sendToStreams(events.join(""));
      await pause(200);
      expect((await asked(context)).documents).to.have.lengthOf(3);
      await untilClosed(context, client);
    },
  },
  {
    name: "realtime: a storm of changes causes one load a second at most, and the last one arrives",
    async run(context) {
      const client = createStreamingClient(context);
      await untilFollowing(context, client);
      const begin = Date.now();
      for (let value = 101; value <= 160; value++) {
        await setMaxItems(context.api.control, value);
        await pause(20);
      }
      await untilMaxItems(client, 160);
      const seconds = (Date.now() - begin) / 1000;
      expect((await asked(context)).documents.length).to.be.at.most(2 + 1 + seconds);
      await untilClosed(context, client);
    },
  },
  {
    name: "realtime: an event in pieces is heard, between comments and what makes no sense",
    async run(context) {
      const logger = createRecordingLogger();
      const client = createStreamingClient(context, { logger });
      await untilFollowing(context, client);
      await context.api.control.sendToStreams(": ping\r\n\r\ndata: ping\n\nevent: х\ndata: {\n\n");
      const at = Date.now() / 1000 + 3600;
      const event = new TextEncoder().encode(
        `data: {"é": "€",\r\ndata: "updated_at": ${at}}\r\n\r\n`,
      );
      for (const byte of event) await context.api.control.sendToStreams(Uint8Array.of(byte));
      await until(async () => (await asked(context)).documents.length >= 3);
      expect(logger.lines.filter((line) => line.includes("tell of no change"))).to.have.lengthOf(1);
      await untilClosed(context, client);
    },
  },
  ...(["resetStreams", "endStreams"] as const).map(
    (lose): ContractCase => ({
      name: `realtime: what was changed while the stream was lost (${lose}) is loaded once it is back`,
      async run(context) {
        const client = createStreamingClient(context);
        await untilFollowing(context, client);
        await context.api.control[lose]();
        await setMaxItems(context.api.control, 26);
        await untilMaxItems(client, 26);
        await until(async () => (await context.api.control.openStreamCount()) === 1);
        await setMaxItems(context.api.control, 27);
        await untilMaxItems(client, 27);
        await untilClosed(context, client);
      },
    }),
  ),
  {
    name: "realtime: a stream that is silent for too long is replaced, one that is not is kept",
    async run(context) {
      const client = createStreamingClient(context, { realtimeTimeoutSeconds: 0.5 });
      await untilFollowing(context, client);
      for (let count = 0; count < 8; count++) {
        await pause(120);
        await context.api.control.sendToStreams(":\n");
      }
      expect((await asked(context)).streams).to.have.lengthOf(1);
      await until(async () => (await asked(context)).streams.length > 1);
      await until(async () => (await context.api.control.openStreamCount()) <= 1);
      await untilClosed(context, client);
    },
  },
  {
    name: "realtime: a 404 is said once, without the document's key, and polls bring the changes",
    async run(context) {
      const logger = createRecordingLogger();
      const client = createStreamingClient(context, {
        realtimeApiUrl: `${context.api.origin}/nowhere/`,
        environmentRefreshIntervalSeconds: 0.1,
        logger,
      });
      await client.ready();
      await setMaxItems(context.api.control, 26);
      await untilMaxItems(client, 26);
      await until(async () => (await asked(context)).documents.length > 4);
      expect((await asked(context)).streams).to.have.lengthOf(1);
      const said = logger.lines.filter((line) => line.includes("Realtime updates have stopped"));
      expect(said).to.have.lengthOf(1);
      const { api_key } = await context.api.control.document();
      const printed = `${logger.lines.join("\n")}${context.inspect(client)}`;
      expect(printed).not.to.include(api_key);
      await client.close();
    },
  },
  {
    name: "realtime: close() ends the stream while it is open, being opened or waited for",
    async run(context) {
      const { control } = context.api;
      const client = createStreamingClient(context);
      await untilFollowing(context, client);
      await untilClosed(context, client);

      const opening = createStreamingClient(context);
      await opening.ready();
      await opening.close();

      const waiting = createStreamingClient(context);
      await control.clearRequests();
      await untilFollowing(context, waiting);
      await control.resetStreams();
      await pause(20);
      await untilClosed(context, waiting);
      const { length } = await control.requests();
      await pause(1200);
      expect(await control.openStreamCount()).to.equal(0);
      expect(await control.requests()).to.have.lengthOf(length);
    },
  },
];

/** Realtime updates where nothing runs between requests. */
export const noStreamingCases: readonly ContractCase[] = [
  {
    name: "realtime: the option is refused where nothing runs between requests, naming what to use",
    async run(context) {
      const construct = () => createStreamingClient(context);
      expect(construct).to.throw(
        context.adapter.FlagsmithClientError,
        /enableRealtimeUpdates.*createWebhookHandler/,
      );
      try {
        construct();
      } catch (error) {
        expect(error).to.include({ code: "INVALID_OPTIONS" });
      }
    },
  },
];
