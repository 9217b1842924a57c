import { withClient } from "../client.ts";
import { until } from "../conditions.ts";
import type { ContractCase, ContractContext } from "../contract.ts";
import { expectNoLeak, type ResourceProbe } from "../resource-probe.ts";
import { createSmallDocument } from "./leak-fixtures.ts";
import { realtimeOptions } from "./realtime-client.ts";

const streamsPerRound = 10;

/** Opens the streams of several clients at once, then closes the clients. */
async function followOnce(context: ContractContext): Promise<void> {
  const { control } = context.api;
  let allOpen: Promise<void> | undefined;
  const follow = () =>
    withClient(context, realtimeOptions(context), async (client) => {
      await client.ready();
      allOpen ??= until(async () => (await control.openStreamCount()) === streamsPerRound);
      await allOpen;
    });
  await Promise.all(Array.from({ length: streamsPerRound }, follow));
  await until(async () => (await control.openStreamCount()) === 0);
}

/** Realtime streams that are opened and closed. */
export function realtimeLeakCases(probe: ResourceProbe): readonly ContractCase[] {
  return [
    {
      name: "leaks: 150 closed streams leave no memory, timer, connection or listener",
      async run(context) {
        const { api } = context;
        await api.control.setDocument(await createSmallDocument(context));
        await expectNoLeak(probe, {
          warmUps: 15,
          times: 15,
          once: () => followOnce(context),
          settle: async () => {
            // Runtimes keep idle connections, at most those of one round.
            await until(async () => (await api.openConnections()) <= 4 * streamsPerRound);
            await api.control.clearRequests();
          },
        });
      },
    },
  ];
}
