import { setTimeout as wait } from "node:timers/promises";
import { RemoteControl } from "@flagsmith-isomorphic/testing";
import { expect } from "chai";
import { until } from "../conditions.ts";
import type { PlainCase } from "../contract.ts";
import type { IsolateMode, IsolateRequest, IsolateResponse } from "../isolate-requests.ts";
import type { CancellablePost } from "./cancellable-post.ts";
import { bindHostCases, type HostCase } from "./host-cases.ts";

/** Sends the requests of these cases to the isolate. */
interface IsolateTransport {
  readonly send: (body: object) => Promise<string>;
  /**
   * `undefined` if work outlives its request. The emulator of edge-runtime has one realm and one event loop, so
   * work that a request has started goes on after it. There, only cases in which the API does not respond
   * can find clients that share promises between requests.
   */
  readonly begin: ((body: object) => CancellablePost) | undefined;
}

type Request = Omit<IsolateRequest, "apiUrl">;
type ClientKind = Pick<Request, "mode" | "hasWaitUntil">;

/** Context of a case. */
interface Isolate {
  readonly control: RemoteControl;
  readonly send: (request: Request) => Promise<IsolateResponse>;
  /** Sends a request and expects the recorded flag in less time than a request to the API may take. */
  readonly expectFlag: (request: Request, limitMs?: number) => Promise<IsolateResponse>;
  readonly begin: (request: Request) => CancellablePost;
}

/** Delay of a response for which a request does not wait. */
const slowMs = 600;

/**
 * Time in which the isolate responds, in milliseconds. A request that waits for one that was cancelled, or to
 * which the API does not respond, would take until the request's deadline after 20 s.
 */
const maxResponseMs = 15_000;

/** Upper bound until a later request has delivered the counts of a cancelled one. */
const redeliveryLimitMs = 120_000;

const modes: readonly IsolateMode[] = ["local", "remote", "edge/remote"];

const clientKinds: readonly ClientKind[] = modes.flatMap((mode) => [
  { mode, hasWaitUntil: true },
  { mode, hasWaitUntil: false },
]);

function format({ mode, hasWaitUntil }: ClientKind): string {
  return `${mode}, ${hasWaitUntil ? "with" : "without"} waitUntil`;
}

/** A first request that is cancelled while it delivers analytics. */
interface CancelledDelivery extends Pick<Request, "hasWaitUntil" | "flushes"> {
  readonly moment: "collecting" | "sending" | "flushing";
}

const cancelledDeliveries: readonly CancelledDelivery[] = [
  { moment: "collecting", hasWaitUntil: true },
  { moment: "sending", hasWaitUntil: true },
  { moment: "flushing", hasWaitUntil: false, flushes: true },
];

/** Creates the cases about several requests to one isolate: no request may wait for work of another. */
export function createIsolateCases({ send, begin }: IsolateTransport): readonly PlainCase[] {
  const cases = [...(begin === undefined ? [] : boundRequestCases), ...commonCases];
  return bindHostCases(cases, ({ api: { url: apiUrl, controlOrigin } }): Isolate => {
    const sendRequest = async (request: Request): Promise<IsolateResponse> =>
      JSON.parse(await send({ ...request, apiUrl }));
    return {
      control: new RemoteControl(controlOrigin, fetch),
      send: sendRequest,
      expectFlag: async (request, limitMs = maxResponseMs) => {
        const response = await sendRequest(request);
        expect(response.failure).to.equal(undefined);
        expect(response.value).to.equal(99);
        expect(response.ms).to.be.below(limitMs);
        return response;
      },
      begin: (request) => {
        if (begin === undefined) throw new Error("This isolate cannot cancel requests.");
        return begin({ ...request, apiUrl });
      },
    };
  });
}

function createEarlyResponseCase(kind: ClientKind): HostCase<Isolate> {
  return {
    name: `isolate: a request that leaves early does not block later ones (${format(kind)})`,
    run: async ({ control, send, expectFlag }) => {
      await control.failNext(1, { kind: "slowHead", delayMs: slowMs });
      const client = { ...kind, client: `early ${format(kind)}` };
      await send({ ...client, leavesEarly: true });
      await expectFlag(client);
      await expectFlag(client);
    },
  };
}

function createCancelledRequestCase(kind: ClientKind): HostCase<Isolate> {
  return {
    name: `isolate: a cancelled first request does not block later ones (${format(kind)})`,
    run: async ({ control, send, expectFlag, begin }) => {
      await control.failNext(1, { kind: "slowHead", delayMs: slowMs });
      const client = { ...kind, client: `cancelled ${format(kind)}` };
      const first = begin(client);
      await until(async () => (await control.requests()).length === 1);
      expect(await first.cancel(), "cancelled before its response").to.equal(true);
      await expectFlag(client);
      await expectFlag(client);
      const countEnded = async () => (await send({ ...client, inspects: true })).endedBefore;
      if (kind.mode === "local" && kind.hasWaitUntil) {
        // The runtime continues the first request, because it loads the flags under waitUntil.
        await until(async () => (await countEnded()) === 3);
      } else {
        await wait(slowMs + 500);
        expect(await countEnded()).to.equal(2);
      }
    },
  };
}

function createCancelledDeliveryCase({ moment, ...request }: CancelledDelivery): HostCase<Isolate> {
  return {
    name: `isolate: a later request sends analytics of one that was cancelled while ${moment}`,
    run: async ({ control, send, expectFlag, begin }) => {
      const isSending = moment !== "collecting";
      if (isSending) await control.failNext(1, { kind: "hang", path: "analytics" });
      const client = {
        client: moment,
        mode: "edge/remote",
        counts: true,
        // A later request delivers once the cancelled delivery must have ended, some seconds after this.
        requestTimeoutSeconds: 5,
        ...request,
      } as const;
      const first = begin({ ...client, lingers: true });
      await until(async () => {
        if (isSending) return (await control.requests()).some(({ path }) => /analytics/.test(path));
        return (await send({ ...client, inspects: true })).counted.pending === 1;
      });
      expect(await first.cancel(), "cancelled before its response").to.equal(true);

      let evaluations = 1;
      const sendNext = async (more: Partial<Request> = {}) => {
        const { counted } = await expectFlag({ ...client, ...more }, 4000);
        evaluations += 1;
        expect(counted.accepted + counted.pending).to.equal(evaluations);
        return counted;
      };
      await sendNext();
      await until(async () => {
        await wait(200);
        return (await sendNext()).accepted >= 3;
      }, redeliveryLimitMs);
      await until(async () => {
        await wait(200);
        return (await sendNext({ flushes: true })).pending === 0;
      }, redeliveryLimitMs);
      const { max_items } = await control.acceptedAnalytics();
      expect(max_items).to.be.at.least(evaluations);
    },
  };
}

const slowApiCase: HostCase<Isolate> = {
  name: "isolate: a load that takes longer than a request waits is used later",
  run: async ({ control, send, expectFlag }) => {
    const request: Request = {
      client: "slow API",
      mode: "local",
      hasWaitUntil: false,
      refreshSeconds: 0.1,
      requestTimeoutSeconds: 5,
    };
    await expectFlag(request);
    await control.updateDocument(({ identity_overrides }) => {
      const [alice] = identity_overrides ?? [];
      for (const state of alice?.identity_features ?? []) state.feature_state_value = 98;
    });
    await control.failNext(99, { kind: "slowHead", delayMs: 1500 });
    await until(async () => {
      await wait(150);
      return (await send(request)).value === 98;
    });
  },
};

/** Cases for runtimes that stop the work of a request when it ends. */
const boundRequestCases: readonly HostCase<Isolate>[] = [
  ...clientKinds.map(createEarlyResponseCase),
  ...clientKinds.map(createCancelledRequestCase),
  ...cancelledDeliveries.map(createCancelledDeliveryCase),
  slowApiCase,
];

const commonCases: readonly HostCase<Isolate>[] = [
  {
    name: "isolate: a flush that was cut off does not block later ones",
    run: async ({ control, send, expectFlag }) => {
      const request: Request = {
        client: "cut off flush",
        mode: "local",
        hasWaitUntil: false,
        counts: true,
        flushes: true,
      };
      await control.failNext(1, { kind: "hang", path: "analytics" });
      await send({ ...request, leavesEarly: true });
      for (let count = 1; count <= 2; count++) {
        await expectFlag(request);
        expect(await control.acceptedAnalytics()).to.deep.equal({ max_items: count });
      }
    },
  },
  {
    name: "isolate: simultaneous first requests share one load under waitUntil",
    run: async ({ control, expectFlag }) => {
      await control.failNext(1, { kind: "slowHead", delayMs: slowMs });
      const request: Request = { client: "herd", mode: "local", hasWaitUntil: true };
      await Promise.all(Array.from({ length: 10 }, () => expectFlag(request)));
      expect(await control.requests()).to.have.lengthOf(1);
    },
  },
  {
    name: "isolate: a refresh that was cut off does not block later requests",
    run: async ({ control, send, expectFlag }) => {
      const request: Request = {
        client: "cut off",
        mode: "local",
        hasWaitUntil: false,
        refreshSeconds: 0.1,
      };
      await send(request);
      await wait(150);
      await control.failNext(1, { kind: "hang" });
      await send({ ...request, leavesEarly: true });
      await expectFlag(request);
    },
  },
];
