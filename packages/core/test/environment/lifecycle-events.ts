import { json, type Responder, settle, status } from "../fake-platform.ts";
import { type Capabilities, createVersion, World } from "./lifecycle-world.ts";

const second = 1000;

const withVersion1: Responder = () => json(createVersion(1));

const loadVersion1 = (world: World) => world.during(withVersion1, () => world.read());

/** Puts a client into a state without a load in flight. The version in memory, if any, is 1. */
export const states = {
  empty: async () => undefined,
  "empty after failure": (world: World) =>
    world.during(
      () => status(503),
      () => world.read(),
    ),
  fresh: async (world: World) => {
    await loadVersion1(world);
    await world.clock.advance(10 * second);
  },
  due: async (world: World) => {
    await loadVersion1(world);
    world.clock.freeze(1.2 * world.intervalMs);
  },
  overdue: async (world: World) => {
    await loadVersion1(world);
    world.clock.freeze(2.2 * world.intervalMs);
  },
  blocked: async (world: World) => {
    await loadVersion1(world);
    const respond: Responder = () => status(503, { "Retry-After": "300" });
    await world.during(respond, () => world.flagsmith.updateEnvironment());
    world.clock.freeze(130 * second);
  },
  closed: async (world: World) => {
    await loadVersion1(world);
    await world.flagsmith.close();
  },
};

export type State = keyof typeof states;

/** Starts a load that waits for the API, or for the storage. */
const loads = {
  api: async (world: World, state: State) => {
    if (state === "fresh" || state === "blocked")
      world.pending = world.flagsmith.updateEnvironment().then(() => undefined);
    else await startLoad(world, state);
  },
  storage: async (world: World, state: State) => {
    world.isStorageHeld = true;
    if (state === "fresh") world.clock.freeze(30 * second);
    await startLoad(world, state);
  },
};

/** Starts a load as the client itself would: with its timer, or with a call. */
async function startLoad(world: World, state: State): Promise<void> {
  if (state === "empty after failure") world.clock.freeze(second);
  if (state === "empty" || !world.hasTimer) world.pending = world.readInBackground();
  else await world.clock.advance(0);
}

/** Keeps the stream open until the timer starts a load. */
async function runUntilDue(world: World): Promise<void> {
  await loadVersion1(world);
  for (let elapsedMs = 0; elapsedMs < world.intervalMs; elapsedMs += 20 * second) {
    await world.clock.advance(20 * second);
    world.streams.opened.at(-1)?.send(":\n");
  }
}

/** Creates a client in a state, with or without a load in flight. */
async function createWorld(
  capabilities: Capabilities,
  state: State,
  options: {
    readonly load?: keyof typeof loads | undefined;
    readonly hasStorage?: boolean;
    readonly isRealtime?: boolean;
  },
): Promise<World> {
  const { load } = options;
  const world = new World(capabilities, {
    hasStorage: load === "storage",
    ...options,
  });
  const isClosed = state === "closed" && load !== undefined;
  const before = isClosed ? "fresh" : state;
  if (options.isRealtime && load && state === "due") await runUntilDue(world);
  else {
    await states[before](world);
    if (load !== undefined) await loads[load](world, before);
  }
  await settle();
  if ((await describe(world.pending)) !== "waits") world.pending = undefined;
  if (isClosed) await world.flagsmith.close();
  world.changes.splice(0);
  return world;
}

/** Describes how a promise has settled. */
async function describe(promise: Promise<unknown> | undefined): Promise<string> {
  let result = "waits";
  promise?.then(
    (value) => {
      result = value === undefined ? "resolves" : String(value);
    },
    (error) => {
      result = error.code;
    },
  );
  await settle();
  return result;
}

/** Describes which version calls get, what was reported, and when the next load starts. */
async function describeAfter(world: World): Promise<string> {
  const { clock, pending } = world;
  const result = pending && `call: ${await describe(pending)}`;
  const reports = world.changes.map((change) => (change.startsWith("new ") ? "a change" : change));
  const startedAt = clock.monotonicNow();
  const { length } = world.loadedAt;
  const read = world.readInBackground();
  for (let count = 0; count < 60 && world.loadedAt.length === length; count++) {
    await clock.advance(10 * second);
    // Without timers, only calls start loads.
    if (!world.hasTimer) void world.readInBackground();
    await settle();
  }
  const served = `serves ${await clock.run(read)}`;
  const reported = `reports ${reports.join(" and ") || "nothing"}`;
  const next = describeNextLoad(world, length, startedAt);
  return [served, reported, next, ...(result ? [result] : [])].join(", ");
}

/** Describes when the load with this index starts. */
function describeNextLoad({ loadedAt }: World, index: number, startedAt: number): string {
  const nextAt = loadedAt[index];
  return nextAt === undefined ? "no load" : `loads after ${(nextAt - startedAt) / second} s`;
}

/** Responds after 300 ms: to requests in flight with version 2, to later ones with version 3. */
async function answerSoon(world: World): Promise<void> {
  const respondWith = (version: number) => async () => {
    await world.clock.sleep(300);
    return json(createVersion(version));
  };
  world.respond = respondWith(3);
  await world.answer(respondWith(2));
}

/** Runs an event in a state, and describes the result in one line. */
export type RunEvent = (
  capabilities: Capabilities,
  state: State,
  isLoading: boolean,
) => Promise<string>;

/** The API responds to the load in flight. */
function createLoadEvent(respond: Responder): RunEvent {
  return async (capabilities, state) => {
    const world = await createWorld(capabilities, state, { load: "api" });
    await world.answer(respond);
    return describeAfter(world);
  };
}

/** The storage responds to the load in flight. The API does not. */
function createStorageEvent(find: (world: World) => Promise<void>): RunEvent {
  return async (capabilities, state) => {
    const world = await createWorld(capabilities, state, { load: "storage" });
    const { length } = world.loadedAt;
    await find(world);
    const isAsked = world.loadedAt.length > length;
    const served = await world.clock.run(world.readInBackground());
    return `serves ${served}, ${isAsked ? "asks" : "does not ask"} the API`;
  };
}

const apiLoad = (isLoading: boolean) => ({ load: isLoading ? "api" : undefined }) as const;

/** The events of the lifecycle. */
export const events = {
  "load: newer": createLoadEvent(() => json(createVersion(2))),
  "load: unchanged": createLoadEvent(withVersion1),
  "load: older": createLoadEvent(() => json(createVersion(0))),
  "load: fails": createLoadEvent(() => status(503)),
  "load: is refused": createLoadEvent(() => status(403)),
  "load: another environment": createLoadEvent(() => json(createVersion(2, { id: 2 }))),
  "load: hangs": async (capabilities, state) => {
    const world = await createWorld(capabilities, state, { load: "api" });
    await world.clock.advance(10 * second);
    return describeAfter(world);
  },
  "load: cannot be stored": async (capabilities, state) => {
    const world = await createWorld(capabilities, state, { load: "api", hasStorage: true });
    world.isStorageFull = true;
    await world.answer(() => json(createVersion(2)));
    await world.clock.advance(2 * second);
    const result = world.pending && `, call: ${await describe(world.pending)}`;
    return `serves ${await world.read()}${result ?? ""}`;
  },
  "storage: newer": createStorageEvent((world) => world.find(world.record(2, second))),
  "storage: older": createStorageEvent((world) => world.find(world.record(0, 3600 * second))),
  "storage: forged": createStorageEvent((world) =>
    world.find(world.record(9, 0, { fetchedAt: Date.UTC(2099, 0, 1) })),
  ),
  "storage: hangs": createStorageEvent((world) => world.clock.advance(2 * second)),
  call: async (capabilities, state, isLoading) => {
    const outcomes: string[] = [];
    for (const method of ["read", "readInBackground"] as const) {
      const world = await createWorld(capabilities, state, apiLoad(isLoading));
      const { length } = world.loadedAt;
      const startedAt = world.clock.now();
      await answerSoon(world);
      const result = await world.clock.run(world[method]());
      const waitMs = world.clock.now() - startedAt;
      outcomes.push(`${result} after ${waitMs} ms, loads: ${world.loadedAt.length - length}`);
    }
    const [plain, inBackground] = outcomes;
    return plain === inBackground ? `${plain}` : `${plain}; waitUntil: ${inBackground}`;
  },
  timer: async (capabilities, state, isLoading) => {
    const world = await createWorld(capabilities, state, apiLoad(isLoading));
    const { length } = world.loadedAt;
    const startedAt = world.clock.monotonicNow();
    await world.clock.advance(600 * second);
    return describeNextLoad(world, length, startedAt);
  },
  push: async (capabilities, state, isLoading) => {
    const world = await createWorld(capabilities, state, {
      ...apiLoad(isLoading),
      isRealtime: true,
    });
    const { length } = world.loadedAt;
    const changedAt = Date.parse(createVersion(3).updated_at) / second;
    world.streams.opened.at(-1)?.sendChange(changedAt);
    await answerSoon(world);
    await world.clock.advance(2 * second);
    const served = await world.clock.run(world.read());
    return `serves ${served}, loads: ${world.loadedAt.length - length}`;
  },
  "stream is lost": async (capabilities, state, isLoading) => {
    const world = await createWorld(capabilities, state, {
      ...apiLoad(isLoading),
      isRealtime: true,
    });
    const { length } = world.loadedAt;
    const startedAt = world.clock.monotonicNow();
    world.isStreamDown = true;
    world.streams.opened.at(-1)?.break();
    await world.answer(withVersion1);
    await world.clock.advance(600 * second);
    return describeNextLoad(world, length, startedAt);
  },
  update: async (capabilities, state, isLoading) => {
    const world = await createWorld(capabilities, state, apiLoad(isLoading));
    const { length } = world.loadedAt;
    const startedAt = world.clock.now();
    await answerSoon(world);
    const update = world.flagsmith.updateEnvironment().then(
      () => undefined,
      (error) => error.code,
    );
    const failure = await world.clock.run(update);
    const waitMs = world.clock.now() - startedAt;
    const result = failure ?? `serves ${await world.read()}`;
    return `${result} after ${waitMs} ms, loads: ${world.loadedAt.length - length}`;
  },
  close: async (capabilities, state, isLoading) => {
    const world = await createWorld(capabilities, state, apiLoad(isLoading));
    await world.flagsmith.close();
    const abort = world.abortCount > 0 ? ["aborts the load"] : [];
    const result = world.pending ? [`call: ${await describe(world.pending)}`] : [];
    const later = await describe(world.read().catch((error) => error.code));
    return [...abort, ...result, `later: ${later}`].join(", ");
  },
} satisfies Record<string, RunEvent>;

export type Event = keyof typeof events;
