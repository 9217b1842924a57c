import {
  environmentDocument,
  memoryStorage,
  ownKey,
  recordingChanges,
  storedRecord,
} from "../fake-environment.ts";
import {
  FakeClock,
  fakePlatform,
  hang,
  localClient,
  type Responder,
  recordingLogger,
  settle,
  steadyPolicy,
} from "../fake-platform.ts";
import { realtimeApiUrl } from "../realtime/fake-realtime.ts";
import { eventStreams } from "../realtime/fake-streams.ts";
import { createRequest } from "./fake-isolate.ts";

/** The two capabilities of a platform on which the lifecycle depends. */
export interface Capabilities {
  readonly hasTimer: boolean;
  readonly sharesPromises: boolean;
}

const startedAt = Date.UTC(2026, 0, 1);

/** A document whose flag is its version. Later versions have later dates. */
export function createVersion(version: number, more: object = {}) {
  const updated_at = new Date(startedAt - 3_600_000 + version * 1000).toISOString();
  return environmentDocument(version, { updated_at, ...more });
}

/** A client whose API and storage respond when the test says so. */
export class World {
  readonly clock = new FakeClock();
  readonly changes: string[] = [];
  readonly logger = recordingLogger();
  readonly streams = eventStreams();
  readonly hasTimer: boolean;
  readonly flagsmith: ReturnType<typeof localClient>;
  /** When requests for the document were sent. */
  readonly loadedAt: number[] = [];
  abortCount = 0;
  /** The interval that is in force: longer while the stream is open. */
  readonly intervalMs: number;
  /** The call or update that waits for the load in flight. */
  pending: Promise<unknown> | undefined;
  /** Responds to requests for the document. They are held while it is missing. */
  respond: Responder | undefined;
  isStreamDown = false;
  /** Whether reads of the storage are held. */
  isStorageHeld = false;
  isStorageFull = false;
  readonly #requests: { readonly answer: (respond: Responder) => void }[] = [];
  readonly #reads: ((item: unknown) => void)[] = [];

  constructor(
    { hasTimer, sharesPromises }: Capabilities,
    { hasStorage = false, isRealtime = false } = {},
  ) {
    this.hasTimer = hasTimer;
    this.intervalMs = isRealtime ? 300_000 : 60_000;
    const { clock } = this;
    const answer: Responder = async (request, count) => {
      if (request.url.includes("/sse/")) {
        return this.isStreamDown ? hang(request) : this.streams.answer(request, count);
      }
      const number = this.loadedAt.push(clock.monotonicNow());
      if (this.respond) return this.respond(request, number);
      return new Promise((resolve, reject) => {
        this.#requests.push({ answer: (respond) => resolve(respond(request, number)) });
        request.signal?.addEventListener("abort", () => {
          this.abortCount++;
          reject(request.signal?.reason);
        });
      });
    };
    const timers = hasTimer ? clock : clock.isolateTimers;
    const retryPolicy = steadyPolicy(0, 0);
    const platform = fakePlatform(answer, { timers, sharesPromises, retryPolicy });
    const { changes, onEnvironmentChange } = recordingChanges();
    this.changes = changes;
    this.flagsmith = localClient(platform, {
      defaultFlagHandler: () => ({ enabled: false, value: "default" }),
      onEnvironmentChange,
      logger: this.logger,
      ...(hasStorage && { storage: this.#createStorage() }),
      ...(isRealtime && { enableRealtimeUpdates: true, realtimeApiUrl }),
    });
  }

  /** Calls the client within a request, and returns the flag. */
  async read(context?: ReturnType<typeof createRequest>): Promise<unknown> {
    const flags = await this.flagsmith.forRequest(context).getEnvironmentFlags();
    return flags.getFeatureValue("banner");
  }

  /** Calls the client within a request that has a `waitUntil`. */
  readInBackground(): Promise<unknown> {
    return this.read(createRequest());
  }

  /** Answers all requests during some work in this way. */
  async during(respond: Responder, work: () => Promise<unknown>): Promise<void> {
    this.respond = respond;
    await this.clock.run(work().catch(() => undefined));
    await settle();
    this.respond = undefined;
  }

  /** Responds to the requests that are held. */
  async answer(respond: Responder): Promise<void> {
    for (const { answer } of this.#requests.splice(0)) answer(respond);
    await settle();
  }

  /** Responds to the reads of the storage that are held. */
  async find(item: unknown): Promise<void> {
    for (const resolve of this.#reads.splice(0)) resolve(item);
    await settle();
  }

  /** A record of the storage. */
  record(version: number, ageMs: number, more: object = {}): Record<string, unknown> {
    return storedRecord({
      fetchedAt: this.clock.now() - ageMs,
      digest: String(version).repeat(64),
      document: createVersion(version),
      ...more,
    });
  }

  #createStorage() {
    const memory = memoryStorage();
    return {
      getItem: (key: string): unknown => {
        if (!this.isStorageHeld) return memory.getItem(key);
        // Without a lease, the record is read.
        return key === ownKey ? new Promise((resolve) => void this.#reads.push(resolve)) : null;
      },
      setItem: async (key: string, value: string) => {
        if (this.isStorageFull) throw new Error("The storage is full.");
        await memory.setItem(key, value);
      },
    };
  }
}
