import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { createTestHarness } from "wrangler";

const document = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: [
    { feature: { id: 1, name: "dark_mode" }, enabled: true, feature_state_value: null },
    { feature: { id: 2, name: "max_items" }, enabled: true, feature_state_value: 20 },
  ],
};

test("the Worker answers with the flags of the API, and refuses a forged webhook", async () => {
  const api = createFlagsmithApi({ document });
  const served = await serveFlagsmithApi(api);
  const secrets = {
    FLAGSMITH_ENVIRONMENT_KEY: api.environmentKey,
    FLAGSMITH_API_URL: served.url,
    FLAGSMITH_WEBHOOK_SECRET: "secret",
  };
  const server = createTestHarness({ workers: [{ configPath: "wrangler.json", secrets }] });
  await server.listen();
  const response = await server.fetch("/items?user=alice");
  deepEqual(await response.json(), { darkMode: true, maxItems: 20 });
  const forged = await server.fetch("/flagsmith", { method: "POST", body: "{}" });
  equal(forged.status, 401);
  await server.close();
  await served.close();
});
