import { setTimeout as wait } from "node:timers/promises";
import { beginPost } from "../../host/cancellable-post.ts";
import { createRandom, drawInteger, drawItem, type Random } from "../../random.ts";
import {
  type WorkerClient,
  type WorkerRequest,
  type WorkerResponse,
  workerClients,
} from "../worker-messages.ts";
import type { SoakRun } from "./soak-run.ts";

/** Number of requests at the same time. */
const concurrency = 6;

/** Limit of the messages of one kind. More would explain no more. */
const maxMessages = 20;

/**
 * A request hangs after this time, provided that the Worker has responded to many later requests. A machine
 * that is too slow for this number gets more time, up to a bound against waiting forever.
 */
const hangLimits = { minMs: 5000, minOtherResponses: 100, maxMs: 120_000 };

/** Sends requests to the Worker, and checks the responses. */
export class WorkerTraffic {
  /** Responses with an older version than one that was there before the request. */
  readonly outdated: string[] = [];
  /** Requests that failed or hung. */
  readonly failures: string[] = [];
  readonly #origin: URL;
  readonly #run: SoakRun;
  readonly #random: Random;
  readonly #versions = new Map<string, Set<number>>();
  readonly #lanes: Promise<void>;
  #isStopped = false;
  #requests = 0;
  #responses = 0;
  #cancelled = 0;
  #slowestMs = 0;

  /** Starts to send requests. */
  constructor(origin: URL, run: SoakRun) {
    this.#origin = origin;
    this.#run = run;
    this.#random = createRandom(run.plan.seed + 5);
    const lanes = Array.from({ length: concurrency }, () => this.#sendInTurn().catch(run.fail));
    this.#lanes = Promise.all(lanes).then(() => undefined);
  }

  /** Figures for the table. */
  get figures(): Readonly<Record<string, number>> {
    return {
      "requests to the Worker": this.#requests,
      "… requests that were cancelled": this.#cancelled,
      "slowest response in ms": Math.round(this.#slowestMs),
    };
  }

  /** Largest number of document versions in the responses of one client. */
  get versionCount(): number {
    return Math.max(0, ...[...this.#versions.values()].map(({ size }) => size));
  }

  /** Returns the newest document version in the responses of a client. */
  readNewest(client: string): number | undefined {
    const versions = this.#versions.get(client);
    return versions && Math.max(...versions);
  }

  /** Sends no more requests, and waits until the last ones have ended. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#lanes;
  }

  async #sendInTurn(): Promise<void> {
    while (!this.#isStopped && !this.#run.hasFailed) {
      await this.#sendNext();
      await wait(drawInteger(this.#random, 5, 25));
    }
  }

  async #sendNext(): Promise<void> {
    const random = this.#random;
    const isCancelled = random() < 0.15;
    const request: WorkerRequest = {
      client: drawItem(random, workerClients),
      hasWaitUntil: random() < 0.7,
      holdMs: isCancelled || random() < 0.05 ? 60 : 0,
      flushes: random() < 0.02,
    };
    this.#requests += 1;
    await (isCancelled ? this.#cancel(request) : this.#check(request));
  }

  async #cancel(request: WorkerRequest): Promise<void> {
    const post = beginPost(this.#createUrl(request).href, {});
    await wait(drawInteger(this.#random, 0, 40));
    // On a slow machine the response may arrive first.
    if (await post.cancel()) this.#cancelled += 1;
  }

  async #check(request: WorkerRequest): Promise<void> {
    const newestBefore = this.readNewest(request.client) ?? 0;
    const startedAt = performance.now();
    let response: WorkerResponse;
    try {
      response = await this.#fetch(request, startedAt);
    } catch (error) {
      if (this.failures.length < maxMessages) {
        this.failures.push(`${JSON.stringify(request)}: ${error}`);
      }
      return;
    }
    this.#responses += 1;
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
    if (response.version !== undefined) {
      this.#recordVersion(request.client, response.version, newestBefore);
    }
  }

  #recordVersion(client: WorkerClient, version: number, newestBefore: number): void {
    if (version < newestBefore) this.outdated.push(`${client}: ${version} after ${newestBefore}`);
    this.#versions.set(client, (this.#versions.get(client) ?? new Set()).add(version));
  }

  async #fetch(request: WorkerRequest, startedAt: number): Promise<WorkerResponse> {
    const hung = new AbortController();
    const responsesBefore = this.#responses;
    const watch = setInterval(() => {
      const elapsedMs = performance.now() - startedAt;
      const hasEnoughResponses = this.#responses - responsesBefore >= hangLimits.minOtherResponses;
      if (elapsedMs >= (hasEnoughResponses ? hangLimits.minMs : hangLimits.maxMs)) {
        hung.abort(new Error(`no response after ${Math.round(elapsedMs)} ms`));
      }
    }, 100);
    try {
      const response = await fetch(this.#createUrl(request), { signal: hung.signal });
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
      return JSON.parse(text);
    } finally {
      clearInterval(watch);
    }
  }

  #createUrl(request: WorkerRequest): URL {
    const url = new URL("/evaluate", this.#origin);
    url.searchParams.set("request", JSON.stringify(request));
    return url;
  }
}
