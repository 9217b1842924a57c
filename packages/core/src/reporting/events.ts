import { FlagsmithClientError } from "../errors.ts";
import type { Flag } from "../flags/flag.ts";
import { listTraits, parseTraits, type Traits } from "../identity/traits.ts";
import type { WaitUntil } from "../platform/platform.ts";
import { version } from "../version.ts";
import type { Collection, CollectorContext, Delivery } from "./delivery.ts";

/** What an event can say besides its name. */
export interface EventDetails {
  /** Whose event it is. */
  readonly identifier?: string | undefined;
  /** Sent as text. */
  readonly value?: string | number | boolean | null | undefined;
  /** Transient ones are left out. */
  readonly traits?: Traits | undefined;
  /** An object of your own, sent as `JSON.stringify` writes it. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** An exposure is always somebody's. */
export interface ExposureDetails extends EventDetails {
  readonly identifier: string;
}

/** An event that waits to be sent. */
export interface WaitingEvent {
  readonly json: string;
  /** Batches may come back in any order. */
  readonly number: number;
}

/** Events in their order; the key of an exposure says which are equal. */
export type EventBatch = ReadonlyMap<string | number, WaitingEvent>;

/** What {@link createEvents} needs of the client. */
export type EventsContext = CollectorContext<EventBatch>;

/** Collects events and sends them to Flagsmith. */
export interface Events {
  /** @throws {@link FlagsmithClientError} `INVALID_EVENT` or `INVALID_TRAIT`. */
  readonly track: (event: string, details: EventDetails, waitUntil: WaitUntil | undefined) => void;
  /** The same for the exposure of an identity to a feature; equal ones are sent once in a while. */
  readonly expose: (
    featureName: string,
    details: ExposureDetails,
    waitUntil: WaitUntil | undefined,
  ) => void;
  readonly delivery: Delivery;
}

const exposureEvent = "$flag_exposure";

/** The official clients' own bound. */
const maxEvents = 1000;

/** Makes the collector of one client. */
export function createEvents({ createDelivery, ...context }: EventsContext): Events {
  let waiting = new Map<string | number, WaitingEvent>();
  let made = 0;

  const collection: Collection<EventBatch> = {
    size: () => waiting.size,
    take: () => {
      const batch = waiting;
      waiting = new Map();
      return batch;
    },
    putBack: (batch) => {
      const all = [...batch, ...collection.take()].sort(([, a], [, b]) => a.number - b.number);
      let dropped = 0;
      for (const [key, event] of all) {
        // Of equal exposures the first.
        if (waiting.has(key)) continue;
        if (waiting.size < maxEvents) waiting.set(key, event);
        else dropped += 1;
      }
      return dropped;
    },
  };
  const delivery = createDelivery({ ...context, what: "Events", collection });

  function collect(json: string, waitUntil: WaitUntil | undefined, exposure?: string): void {
    const number = made++;
    const key = exposure ?? number;
    if (waiting.has(key)) return;
    const room = delivery.left(maxEvents - waiting.size);
    if (room > 0) waiting.set(key, { json, number });
    else delivery.drop(1);
    // Only the event that fills it is a reason to send at once: others come as long as the API is down.
    delivery.collected(waitUntil, room === 1);
  }

  return {
    delivery,
    track: (event, details, waitUntil) => {
      if (typeof event !== "string" || event === "") throw invalidEvent("must have a name");
      if (event.startsWith("$")) {
        throw invalidEvent("must not have a name that starts with $: those are Flagsmith's own");
      }
      collect(
        eventText({ event, featureName: null, details, now: context.timers.now() }),
        waitUntil,
      );
    },
    expose: (featureName, details, waitUntil) => {
      // Plain JavaScript may leave them out.
      const { identifier, value } = { ...details };
      if (typeof featureName !== "string" || featureName === "") {
        throw invalidEvent("must name a feature");
      }
      if (typeof identifier !== "string" || identifier === "") {
        throw invalidEvent("must name the identity that was exposed to it");
      }
      const event = eventText({
        event: exposureEvent,
        featureName,
        details,
        now: context.timers.now(),
      });
      collect(event, waitUntil, JSON.stringify([featureName, identifier, textOf(value)]));
    },
  };
}

/** The exposure that an experiment wants to know of; `undefined` where the identity takes no part in one. */
export function exposureOf({
  enabled,
  isDefault,
  variant,
  experiment,
}: Flag): Pick<EventDetails, "value" | "metadata"> | undefined {
  if (isDefault || !enabled || variant === null || !experiment?.inExperiment) return undefined;
  return { value: variant, metadata: { experiment_id: experiment.id } };
}

interface EventInput {
  readonly event: string;
  readonly featureName: string | null;
  readonly details: EventDetails;
  readonly now: number;
}

/** As JSON at once: what the caller does to its data later must change no event. */
function eventText({ event, featureName, details, now }: EventInput): string {
  const { identifier = null, value, metadata, traits: given } = { ...details };
  if (identifier !== null && typeof identifier !== "string") {
    throw invalidEvent("must have an identifier that is a string");
  }
  const text = textOf(value);
  const data = metadata ?? {};
  // The entries of a Map would be lost in silence, and a text would become its characters.
  if (typeof data !== "object" || Symbol.iterator in data) throw invalidMetadata();
  const traits = listTraits(parseTraits(given))
    // Transient ones are not to be stored, which is all that the events API does.
    .filter(({ transient }) => !transient)
    .map(({ key, value }) => [key, value]);
  try {
    return JSON.stringify({
      event,
      feature_name: featureName,
      identifier,
      value: text,
      traits: traits.length > 0 ? Object.fromEntries(traits) : null,
      metadata: { ...data, sdk_version: version },
      timestamp: now,
    });
  } catch {
    throw invalidMetadata();
  }
}

function textOf(value: EventDetails["value"]): string | null {
  if (value === undefined || value === null) return null;
  if (["string", "number", "boolean"].includes(typeof value)) return String(value);
  throw invalidEvent("must have a value that is a text, a number or a boolean");
}

function invalidMetadata(): FlagsmithClientError {
  return invalidEvent("must have metadata that is an object of plain JSON data");
}

function invalidEvent(complaint: string): FlagsmithClientError {
  return new FlagsmithClientError("INVALID_EVENT", `The event ${complaint}.`);
}
