import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { signWebhookBody } from "@flagsmith-isomorphic/core/local";
import { until } from "../../contract/src/conditions.ts";
import { changeFlag, withExampleApi } from "./example-api.ts";
import { assertResponses, limitMs } from "./example-responses.ts";
import { withWorkers } from "./example-workers.ts";

/** Checks that a webhook to one isolate changes the responses of another, and that a forged one is refused. */
export function checkWebhookWorker(root: string): Promise<void> {
  return withExampleApi(({ api, settings }) => {
    const secret = "webhook-secret-of-the-example";
    return withWorkers(
      join(root, "worker-kv-webhook"),
      { settings: { ...settings, FLAGSMITH_WEBHOOK_SECRET: secret }, isolates: ["one", "other"] },
      async ({ one, other }) => {
        await assertResponses(one.fetchText);
        await assertResponses(other.fetchText);

        changeFlag(api, "max_items", { feature_state_value: 26 });
        api.clearRequests();
        const body = '{"event_type":"FLAG_UPDATED"}';
        strictEqual(await one.postWebhook(body, await signWebhookBody(body, "a guess")), 401);
        strictEqual(api.requests.length, 0, "a forged webhook causes no request");
        strictEqual(await one.postWebhook(body, await signWebhookBody(body, secret)), 204);
        await until(async () => (await other.fetchItems("somebody")).maxItems === 26, limitMs);
        strictEqual(api.requests.length, 1, "one isolate has loaded the document for all");
      },
    );
  });
}

/** Checks that a Cron Trigger fills the store, so that a new isolate needs no API call. */
export function checkCronWorker(root: string): Promise<void> {
  return withExampleApi(({ api, settings }) =>
    withWorkers(
      join(root, "worker-cron"),
      { settings, isolates: ["scheduled", "cold", "colder"] },
      async ({ scheduled, cold, colder }) => {
        strictEqual(await scheduled.runCron(), true);
        api.clearRequests();
        await assertResponses(cold.fetchText);
        strictEqual(api.requests.length, 0, "a cold isolate finds the document in the store");

        changeFlag(api, "max_items", { feature_state_value: 26 });
        strictEqual(await scheduled.runCron(), true);
        api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 500 });
        deepStrictEqual(await colder.fetchItems("somebody"), { darkMode: true, maxItems: 26 });
        strictEqual(await scheduled.runCron(), false);
      },
    ),
  );
}

/** Checks that an alarm keeps filling the store without requests to any isolate. */
export function checkDurableObjectWorker(root: string): Promise<void> {
  return withExampleApi(({ api, settings }) =>
    withWorkers(
      join(root, "worker-durable-object"),
      { settings, isolates: ["first", "cold"] },
      async ({ first, cold }) => {
        // The first request sets the alarm. Each alarm sets the next one.
        await assertResponses(first.fetchText);
        for (const value of [260_001, 260_002]) {
          changeFlag(api, "max_items", { feature_state_value: value });
          await until(async () => (await first.readStore()).includes(String(value)), limitMs);
        }
        api.failNext(Number.POSITIVE_INFINITY, { kind: "status", status: 500 });
        deepStrictEqual(await cold.fetchItems("somebody"), { darkMode: true, maxItems: 260_002 });
      },
    ),
  );
}
