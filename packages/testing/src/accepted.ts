import type { JsonValue } from "./environment-document.ts";

/** An experiment event as the events API takes it. */
export type AcceptedEvent = Readonly<Record<string, JsonValue>>;

/** What the analytics and events endpoints have taken in. */
export class Accepted {
  #analytics = new Map<string, number>();
  #events: AcceptedEvent[] = [];

  addEvaluations(feature: string, count: number): void {
    this.#analytics.set(feature, (this.#analytics.get(feature) ?? 0) + count);
  }

  addEvents(events: readonly AcceptedEvent[]): void {
    this.#events.push(...events);
  }

  get analytics(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#analytics);
  }

  get events(): readonly AcceptedEvent[] {
    return [...this.#events];
  }

  clear(): void {
    this.#analytics = new Map();
    this.#events = [];
  }
}
