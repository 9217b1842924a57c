import { withClient } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { expectNoLeak, type ResourceProbe } from "../resource-probe.ts";
import { smallDocument } from "./leaks.ts";
import { streamingOptions } from "./streaming.ts";

const streamsPerRound = 10;

/** Opens the streams of several clients at once, then closes the clients. */
async function followOnce(context: ContractContext): Promise<void> {
  const { api } = context;
  let allOpen: Promise<void> | undefined;
  const follow = () =>
    withClient(context, streamingOptions(context), async (client) => {
      await client.ready();
      allOpen ??= until(async () => (await api.control.openStreamCount()) === streamsPerRound);
      await allOpen;
    });
  await Promise.all(Array.from({ length: streamsPerRound }, follow));
  await until(async () => (await api.control.openStreamCount()) === 0);
}

/** Streams that come and go. */
export function streamLeakCases(probe: ResourceProbe): readonly ContractCase[] {
  return [
    {
      name: "realtime: 300 streams that are opened and closed leave no memory, timer, connection or listener behind",
      async run(context) {
        const { api } = context;
        await api.control.setDocument(await smallDocument(context));
        await expectNoLeak(probe, {
          warmUps: 30,
          times: 30,
          once: () => followOnce(context),
          settle: async () => {
            // A stream, and what was asked at once beside it, which a runtime keeps for the next requests.
            await until(async () => (await api.openConnections()) <= 4 * streamsPerRound);
            await api.control.clearRequests();
          },
        });
      },
    },
  ];
}
