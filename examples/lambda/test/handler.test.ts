import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";

const document = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: [
    { feature: { id: 1, name: "dark_mode" }, enabled: true, feature_state_value: null },
    { feature: { id: 2, name: "max_items" }, enabled: true, feature_state_value: 20 },
  ],
};

test("the function answers with the flags of the API, and sends its analytics", async () => {
  const api = createFlagsmithApi({ document });
  const served = await serveFlagsmithApi(api);
  process.env["FLAGSMITH_ENVIRONMENT_KEY"] = api.environmentKey;
  process.env["FLAGSMITH_API_URL"] = served.url;
  const { handler } = await import("../src/handler.ts");

  const { body = "" } = await handler({ queryStringParameters: { user: "alice" } });
  deepEqual(JSON.parse(body), { darkMode: true, maxItems: 20 });
  equal(api.requests.at(-1)?.method, "POST");

  api.failNext(1, { kind: "hang", path: "analytics" });
  const start = performance.now();
  await handler({ queryStringParameters: { user: "alice" } });
  ok(performance.now() - start < 5000, "analytics that hang must not delay the response for long");
  await served.close();
});
