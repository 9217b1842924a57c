import { FlagsmithClientError } from "../errors.ts";
import type { Flag } from "../flags/flag.ts";
import type { Identity, IdentityParser } from "../identity/identity.ts";
import { listTraits, requireObject, type Traits } from "../identity/traits.ts";
import type { WaitUntil } from "../platform/platform.ts";
import { version } from "../version.ts";
import type { Delivery, Queue } from "./delivery.ts";

/** The optional details of an event. */
export interface EventDetails {
  /** The identity that caused the event. */
  readonly identifier?: string | undefined;
  /** Sent as a string. */
  readonly value?: string | number | boolean | null | undefined;
  /** Transient traits are not sent. */
  readonly traits?: Traits | undefined;
  /** Custom data, serialized with `JSON.stringify`. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** The details of an exposure, which always has an identity. */
export interface ExposureDetails extends EventDetails {
  readonly identifier: string;
}

interface QueuedEvent {
  readonly json: string;
  readonly byteCount: number;
  /** The number of the event since the start. Restores the order when failed batches are queued again. */
  readonly number: number;
}

/** Events in the order of their creation. Equal exposures have the same key. */
export type EventBatch = ReadonlyMap<string | number, QueuedEvent>;

const exposureEvent = "$flag_exposure";

/** Limits the queue, as the official clients do. */
const maxEvents = 1000;

const maxEventBytes = 64_000;
/** The longest request. */
const maxBatchBytes = 512_000;
/** Limits the memory during an outage. */
const maxQueueBytes = 8_000_000;

/** Queues events and sends them to Flagsmith. */
export class Events implements Queue<EventBatch> {
  readonly delivery: Delivery<EventBatch>;
  readonly #now: () => number;
  readonly #identities: IdentityParser;
  #queue = new Map<string | number, QueuedEvent>();
  #byteCount = 0;
  #created = 0;

  constructor(
    now: () => number,
    identities: IdentityParser,
    createDelivery: (queue: Queue<EventBatch>) => Delivery<EventBatch>,
  ) {
    this.#now = now;
    this.#identities = identities;
    this.delivery = createDelivery(this);
  }

  /** @throws {@link FlagsmithClientError} `INVALID_EVENT`, `INVALID_IDENTIFIER` or `INVALID_TRAIT`. */
  track(event: string, details: EventDetails, waitUntil: WaitUntil | undefined): void {
    if (typeof event !== "string" || event === "") throw createEventError("must have a name");
    if (event.startsWith("$")) {
      throw createEventError("must not have a name that starts with $, which Flagsmith reserves");
    }
    this.#add(this.#serialize(event, details), waitUntil);
  }

  /**
   * Tracks the exposure of an identity to a feature. Equal exposures are sent once per batch.
   *
   * @throws {@link FlagsmithClientError} `INVALID_EVENT`, `INVALID_IDENTIFIER` or `INVALID_TRAIT`.
   */
  expose(featureName: string, details: ExposureDetails, waitUntil: WaitUntil | undefined): void {
    if (typeof featureName !== "string" || featureName === "") {
      throw createEventError("must name a feature");
    }
    // In plain JavaScript, callers may omit the details.
    const identifier = this.#identities.parseIdentifier(details?.identifier);
    const json = this.#serialize(exposureEvent, { ...details, identifier }, featureName);
    const value = serializeValue(details.value);
    this.#add(json, waitUntil, JSON.stringify([featureName, identifier, value]));
  }

  /** Tracks the exposure of an identity to a flag, if it takes part in an experiment. */
  exposeFlag(flag: Flag, identity: Identity, waitUntil: WaitUntil | undefined): void {
    const { featureName, enabled, variant: value, experiment } = flag;
    // A default flag has no variant.
    if (!enabled || value === null || !experiment?.inExperiment) return;
    const { identifier, traits } = identity;
    const details = { identifier, value, metadata: { experiment_id: experiment.id } };
    try {
      this.expose(featureName, { ...details, traits }, waitUntil);
    } catch {
      // All traits of an identity together can be longer than an event may be.
      this.expose(featureName, details, waitUntil);
    }
  }

  size(): number {
    return this.#queue.size;
  }

  takeBatch(): EventBatch {
    const batch = this.#queue;
    this.#queue = new Map();
    this.#byteCount = 0;
    return batch;
  }

  requeue(batch: EventBatch): number {
    const all = [...batch, ...this.takeBatch()].sort(([, a], [, b]) => a.number - b.number);
    let dropped = 0;
    for (const [key, event] of all) {
      // The first of equal exposures stays in the queue.
      if (this.#queue.has(key)) continue;
      if (this.#queue.size < maxEvents && this.#hasRoom(event)) this.#append(key, event);
      else dropped += 1;
    }
    return dropped;
  }

  split(batch: EventBatch, maxSize: number = maxEvents): readonly EventBatch[] {
    let part = new Map<string | number, QueuedEvent>();
    const parts = [part];
    let byteCount = 0;
    for (const [key, event] of batch) {
      byteCount += event.byteCount;
      if (part.size === maxSize || byteCount > maxBatchBytes) {
        part = new Map();
        parts.push(part);
        byteCount = event.byteCount;
      }
      part.set(key, event);
    }
    return parts;
  }

  /** Serializes an event when it is tracked, so that later changes to the caller's data have no effect. */
  #serialize(event: string, details: EventDetails, featureName: string | null = null): string {
    const { identifier = null, traits, value: rawValue, metadata } = { ...details };
    // Optional, but not a number or a blank text by mistake.
    const parsed = identifier === null ? null : this.#identities.parseIdentifier(identifier);
    const sentTraits = listTraits(this.#identities.traits.parse(traits))
      // The events API stores every trait that it receives.
      .filter(({ transient }) => !transient)
      .map(({ key, value }) => [key, value]);
    const value = serializeValue(rawValue);
    try {
      return JSON.stringify({
        event,
        feature_name: featureName,
        identifier: parsed,
        value,
        traits: sentTraits.length > 0 ? Object.fromEntries(sentTraits) : null,
        // A text would become an object of characters. The error is replaced, like that of other data.
        metadata: { ...requireObject(metadata), sdk_version: version },
        timestamp: this.#now(),
      });
    } catch {
      throw createEventError("must have metadata that is an object of plain JSON data");
    }
  }

  #add(json: string, waitUntil: WaitUntil | undefined, exposureKey?: string): void {
    // The comma between events counts, too.
    const byteCount = new TextEncoder().encode(json).length + 1;
    if (byteCount > maxEventBytes) throw createEventError("must have at most 64 kB as JSON");
    const number = this.#created++;
    const key = exposureKey ?? number;
    if (this.#queue.has(key)) return;
    const event = { json, byteCount, number };
    const capacity = this.delivery.capacity(maxEvents - this.#queue.size);
    const wasHalfFull = this.#byteCount > maxQueueBytes / 2;
    if (capacity > 0 && this.#hasRoom(event)) this.#append(key, event);
    else this.delivery.drop(1);
    // Only the event that fills the queue triggers an attempt, because the queue stays full during an outage.
    const isFull = capacity === 1 || (!wasHalfFull && this.#byteCount > maxQueueBytes / 2);
    this.delivery.onQueued(waitUntil, isFull);
  }

  #hasRoom({ byteCount }: QueuedEvent): boolean {
    return this.#byteCount + byteCount <= maxQueueBytes;
  }

  #append(key: string | number, event: QueuedEvent): void {
    this.#queue.set(key, event);
    this.#byteCount += event.byteCount;
  }
}

/** Lists the values in events that errors must not contain. */
export function listEventSecrets(batch: EventBatch): readonly string[] {
  const values = Array.from(batch.values(), ({ json }) => {
    const { identifier, value, traits, metadata } = JSON.parse(json);
    return listTexts([identifier, value, traits, metadata]);
  });
  return [...new Set(values.flat())];
}

/** Not recursive, because metadata may be deeper than the stack. */
function listTexts(values: unknown[]): string[] {
  for (const value of values)
    if (typeof value === "object" && value) values.push(...Object.values(value));
  return values.filter((value) => ["string", "number"].includes(typeof value)).map(String);
}

function serializeValue(value: EventDetails["value"]): string | null {
  if (value === undefined || value === null) return null;
  if (["string", "number", "boolean"].includes(typeof value)) return String(value);
  throw createEventError("must have a value that is a string, a number or a boolean");
}

function createEventError(problem: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_EVENT", `The event ${problem}.`);
}
