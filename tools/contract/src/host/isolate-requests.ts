import { setTimeout as wait } from "node:timers/promises";
import { RemoteControl } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { until } from "../conditions.ts";
import { type ContractResult, type PlainCase, runCases } from "../contract.ts";
import type { IsolateAnswer, IsolateMode, IsolateRequest } from "../isolate-requests.ts";
import type { Setup } from "../run-suite.ts";
import type { CancellablePost } from "./cancellable-post.ts";

/** How the requests of these cases reach the isolate. */
export interface IsolateTransport {
  readonly send: (body: object) => Promise<string>;
  /**
   * `undefined` where nothing is bound to a request: the emulator of edge-runtime has one realm and one event
   * loop for all, so that what one has begun goes on when it has ended, and settles for whoever waits. Even
   * a client that shares its promises hangs nobody there: only cases in which the API withholds are cases of it.
   */
  readonly begin: ((body: object) => CancellablePost) | undefined;
}

type Asked = Omit<IsolateRequest, "apiUrl">;
type Client = Pick<Asked, "client" | "mode" | "hasWaitUntil">;

/** How late the API answers a request that does not wait for it. */
const slowMs = 600;

/** Longer than it takes until a request sends again what all have counted. */
const sentAgainMs = 20_000;

const modes: readonly IsolateMode[] = ["local", "remote", "edge/remote"];

const eachClient: readonly Omit<Client, "client">[] = modes.flatMap((mode) => [
  { mode, hasWaitUntil: true },
  { mode, hasWaitUntil: false },
]);

const nameOf = ({ mode, hasWaitUntil }: Omit<Client, "client">) =>
  `${mode}, ${hasWaitUntil ? "with" : "without"} waitUntil`;

/** A first request that is cancelled, and what it does at that moment. */
interface Cancelled extends Pick<Asked, "hasWaitUntil" | "flushes"> {
  readonly moment: string;
}

const cancelled: readonly Cancelled[] = [
  { moment: "collects them under waitUntil", hasWaitUntil: true },
  { moment: "sends them under waitUntil", hasWaitUntil: true },
  { moment: "sends them by flush()", hasWaitUntil: false, flushes: true },
];

/** What rivals fall into: the second request of an isolate waits for what the first began. */
export function isolateResults(
  { api: { url, controlOrigin } }: Setup,
  { send, begin }: IsolateTransport,
): Promise<ContractResult[]> {
  const control = new RemoteControl(controlOrigin, fetch);
  const ask = async (request: Asked): Promise<IsolateAnswer> =>
    JSON.parse(await send({ ...request, apiUrl: url }));

  const answersRight = async (request: Asked, limitMs = 4000): Promise<IsolateAnswer> => {
    const answer = await ask(request);
    expect(answer.failure).to.equal(undefined);
    expect(answer.value).to.equal(99);
    expect(answer.ms).to.be.below(limitMs);
    return answer;
  };

  const afterAnEarlyAnswer = (kind: Omit<Client, "client">): PlainCase => ({
    name: `a request that leaves before its flags arrive hangs no later one (${nameOf(kind)})`,
    run: async () => {
      await control.reset();
      await control.failNext(1, { kind: "slowHead", delayMs: slowMs });
      const client = { ...kind, client: `early ${nameOf(kind)}` };
      await ask({ ...client, leavesEarly: true });
      await answersRight(client);
      await answersRight(client);
    },
  });

  const afterACancel = (
    beginRequest: NonNullable<typeof begin>,
    kind: Omit<Client, "client">,
  ): PlainCase => ({
    name: `a first request that is cancelled hangs no later one (${nameOf(kind)})`,
    run: async () => {
      await control.reset();
      await control.failNext(1, { kind: "slowHead", delayMs: slowMs });
      const client = { ...kind, client: `cancelled ${nameOf(kind)}` };
      const begunAt = Date.now();
      const first = beginRequest({ ...client, apiUrl: url });
      await until(async () => (await control.requests()).length === 1);
      expect(await first.cancel(), "cancelled before its response").to.equal(true);
      await answersRight(client);
      await answersRight(client);
      // By now its flags have arrived where it has put the load of all under waitUntil, and the runtime
      // goes on with it; else only the two later requests have come to their end.
      await wait(Math.max(0, begunAt + slowMs + 500 - Date.now()));
      const { endedBefore } = await ask(client);
      expect(endedBefore).to.equal(kind.mode === "local" && kind.hasWaitUntil ? 3 : 2);
    },
  });

  const countsAfterACancel = (
    beginRequest: NonNullable<typeof begin>,
    { moment, ...request }: Cancelled,
  ): PlainCase => ({
    name: `analytics of a first request that is cancelled while it ${moment} are sent by a later one`,
    run: async () => {
      await control.reset();
      const isSending = !moment.startsWith("collects");
      if (isSending) await control.failNext(1, { kind: "hang", path: "analytics" });
      const client = { client: moment, mode: "edge/remote", counts: true, ...request } as const;
      const first = beginRequest({ ...client, lingers: true, apiUrl: url });
      const last = isSending ? "analytics" : "identities";
      await until(async () => (await control.requests()).some(({ path }) => path.includes(last)));
      // Flags that were asked for have arrived as well.
      await wait(100);
      expect(await first.cancel(), "cancelled before its response").to.equal(true);

      let made = 1;
      const askNext = async (more: Partial<Asked> = {}) => {
        const { counted } = await answersRight({ ...client, ...more }, 1500);
        made += 1;
        expect(counted.accepted + counted.pending).to.equal(made);
        return counted;
      };
      await askNext();
      await until(async () => {
        await wait(200);
        return (await askNext()).accepted >= 3;
      }, sentAgainMs);
      await until(async () => {
        await wait(200);
        return (await askNext({ flushes: true })).pending === 0;
      }, sentAgainMs);
      const { max_items } = await control.acceptedAnalytics();
      expect(max_items).to.be.at.least(made);
    },
  });

  const whileTheApiIsSlow: PlainCase = {
    name: "an API that is slower than a request waits is heard in the end, without waitUntil",
    run: async () => {
      await control.reset();
      const request: Asked = {
        client: "slow API",
        mode: "local",
        hasWaitUntil: false,
        refreshSeconds: 0.1,
      };
      await answersRight(request);
      await control.updateDocument(({ identity_overrides }) => {
        const [alice] = identity_overrides ?? [];
        for (const state of alice?.identity_features ?? []) state.feature_state_value = 98;
      });
      await control.failNext(99, { kind: "slowHead", delayMs: 1500 });
      await until(async () => {
        await wait(150);
        return (await ask(request)).value === 98;
      }, 15_000);
    },
  };

  return runCases([
    ...(begin === undefined
      ? []
      : [
          ...eachClient.map(afterAnEarlyAnswer),
          ...eachClient.map((kind) => afterACancel(begin, kind)),
          ...cancelled.map((request) => countsAfterACancel(begin, request)),
          whileTheApiIsSlow,
        ]),
    {
      name: "a flush that was cut off with its request hangs no later one, which sends its own",
      run: async () => {
        await control.reset();
        const request: Asked = {
          client: "cut off flush",
          mode: "local",
          hasWaitUntil: false,
          counts: true,
          flushes: true,
        };
        await control.failNext(1, { kind: "hang", path: "analytics" });
        await ask({ ...request, leavesEarly: true });
        for (let count = 1; count <= 2; count++) {
          await answersRight(request, 1500);
          expect(await control.acceptedAnalytics()).to.deep.equal({ max_items: count });
        }
      },
    },
    {
      name: "requests that come at once to a cold isolate share one load, which goes on under waitUntil",
      run: async () => {
        await control.reset();
        await control.failNext(1, { kind: "slowHead", delayMs: slowMs });
        const request: Asked = { client: "herd", mode: "local", hasWaitUntil: true };
        await Promise.all(Array.from({ length: 10 }, () => answersRight(request)));
        expect(await control.requests()).to.have.lengthOf(1);
      },
    },
    {
      name: "a refresh that was cut off with its request stops no later one",
      run: async () => {
        await control.reset();
        const request: Asked = {
          client: "cut off",
          mode: "local",
          hasWaitUntil: false,
          refreshSeconds: 0.1,
        };
        await ask(request);
        await wait(150);
        await control.failNext(1, { kind: "hang" });
        await ask({ ...request, leavesEarly: true });
        await answersRight(request, 1500);
      },
    },
  ]);
}
