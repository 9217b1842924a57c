import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { signWebhookBody } from "@flagsmith-isomorphic/core/local";
import { until } from "../conditions.ts";
import { assertAnswers, limitMs } from "./example-answers.ts";
import { changeFlag, withExampleApi } from "./example-api.ts";
import { withWorkers } from "./example-workers.ts";

/** A webhook that one isolate takes changes the answers of another; a forged one is refused. */
export function askWebhookWorker(): Promise<void> {
  return withExampleApi(({ api, settings }) => {
    const secret = "webhook-secret-of-the-example";
    return withWorkers(
      "worker-kv-webhook",
      { settings: { ...settings, FLAGSMITH_WEBHOOK_SECRET: secret }, isolates: ["one", "other"] },
      async ({ one, other }) => {
        await assertAnswers(one.ask);
        await assertAnswers(other.ask);

        changeFlag(api, "max_items", { feature_state_value: 26 });
        api.clearRequests();
        const body = '{"event_type":"FLAG_UPDATED"}';
        strictEqual(await one.postWebhook(body, await signWebhookBody(body, "a guess")), 401);
        strictEqual(api.requests.length, 0, "a forged webhook makes no request");
        strictEqual(await one.postWebhook(body, await signWebhookBody(body, secret)), 204);
        await until(async () => (await other.itemsOf("somebody")).maxItems === 26, limitMs);
        strictEqual(api.requests.length, 1, "one isolate has asked the API, for all");
      },
    );
  });
}

/** A Cron Trigger fills the store: an isolate that has never been asked needs no request. */
export function askCronWorker(): Promise<void> {
  return withExampleApi(({ api, settings }) =>
    withWorkers(
      "worker-cron",
      { settings, isolates: ["scheduled", "cold", "colder"] },
      async ({ scheduled, cold, colder }) => {
        strictEqual(await scheduled.runCron(), true);
        api.clearRequests();
        await assertAnswers(cold.ask);
        strictEqual(api.requests.length, 0, "a cold isolate finds the document in the store");

        changeFlag(api, "max_items", { feature_state_value: 26 });
        strictEqual(await scheduled.runCron(), true);
        api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 500 });
        deepStrictEqual(await colder.itemsOf("somebody"), { darkMode: true, maxItems: 26 });
        strictEqual(await scheduled.runCron(), false);
      },
    ),
  );
}

/** An alarm fills the store again and again, with no request to any isolate. */
export function askDurableObjectWorker(): Promise<void> {
  return withExampleApi(({ api, settings }) =>
    withWorkers(
      "worker-durable-object",
      { settings, isolates: ["first", "cold"] },
      async ({ first, cold }) => {
        // Sets the alarm for the first time; from then on it sets itself.
        await assertAnswers(first.ask);
        for (const value of [260_001, 260_002]) {
          changeFlag(api, "max_items", { feature_state_value: value });
          await until(async () => (await first.stored()).includes(String(value)), limitMs);
        }
        api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 500 });
        deepStrictEqual(await cold.itemsOf("somebody"), { darkMode: true, maxItems: 260_002 });
      },
    ),
  );
}
