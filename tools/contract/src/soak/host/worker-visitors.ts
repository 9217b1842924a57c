import { setTimeout as wait } from "node:timers/promises";
import { beginPost } from "../../host/cancellable-post.ts";
import { integer, pick, type Random } from "../random.ts";
import {
  type WorkerAnswer,
  type WorkerClient,
  type WorkerQuestion,
  workerClients,
} from "../worker-messages.ts";

/** What those who asked the Worker have seen. */
export interface Visits {
  readonly requests: number;
  readonly cancelled: number;
  readonly slowestMs: number;
  /** Answers older than one that was there before the question. */
  readonly wentBack: readonly string[];
  /** Requests without any answer. */
  readonly hung: readonly string[];
  /** The newest version that each client has answered with. */
  readonly newest: Readonly<Partial<Record<WorkerClient, number>>>;
}

/** No request may take longer, whatever the API does. */
const hangLimitMs = 5000;

/** Asks the Worker again and again, several at once, until it is told to stop. */
export class WorkerVisitors {
  readonly #origin: URL;
  readonly #random: Random;
  readonly #stopping = new AbortController();
  readonly #newest: Partial<Record<WorkerClient, number>> = {};
  readonly #wentBack: string[] = [];
  readonly #hung: string[] = [];
  #requests = 0;
  #cancelled = 0;
  #slowestMs = 0;

  constructor(origin: URL, random: Random) {
    this.#origin = origin;
    this.#random = random;
  }

  async visit(atOnce: number): Promise<void> {
    await Promise.all(Array.from({ length: atOnce }, () => this.#goOn()));
  }

  stop(): void {
    this.#stopping.abort();
  }

  seen(): Visits {
    return {
      requests: this.#requests,
      cancelled: this.#cancelled,
      slowestMs: this.#slowestMs,
      wentBack: this.#wentBack,
      hung: this.#hung,
      newest: this.#newest,
    };
  }

  async #goOn(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#ask();
      await wait(integer(this.#random, 5, 25));
    }
  }

  async #ask(): Promise<void> {
    const random = this.#random;
    const isCancelled = random() < 0.15;
    const question: WorkerQuestion = {
      client: pick(random, workerClients),
      hasWaitUntil: random() < 0.7,
      holdMs: isCancelled || random() < 0.05 ? 60 : 0,
      flushes: random() < 0.02,
    };
    this.#requests += 1;
    await (isCancelled ? this.#cancel(question) : this.#wait(question));
  }

  async #cancel(question: WorkerQuestion): Promise<void> {
    const post = beginPost(this.#urlFor(question).href, {});
    await wait(integer(this.#random, 0, 40));
    // On a slow machine the response may arrive first.
    if (await post.cancel()) this.#cancelled += 1;
  }

  async #wait(question: WorkerQuestion): Promise<void> {
    const before = this.#newest[question.client] ?? 0;
    const begin = performance.now();
    try {
      const { version } = await this.#send(question);
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - begin);
      if (version !== undefined) this.#compare(question.client, { version, before });
    } catch (error) {
      this.#hung.push(`${JSON.stringify(question)}: ${error}`);
    }
  }

  #urlFor(question: WorkerQuestion): URL {
    const url = new URL("/ask", this.#origin);
    url.searchParams.set("question", JSON.stringify(question));
    return url;
  }

  async #send(question: WorkerQuestion): Promise<WorkerAnswer> {
    const signal = AbortSignal.timeout(hangLimitMs);
    const response = await fetch(this.#urlFor(question), { signal });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
    return JSON.parse(text);
  }

  #compare(client: WorkerClient, { version, before }: { version: number; before: number }): void {
    if (version < before) this.#wentBack.push(`${client}: ${version} after ${before}`);
    this.#newest[client] = Math.max(version, this.#newest[client] ?? 0);
  }
}
