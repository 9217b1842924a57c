import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import app, { close } from "../src/app.ts";

const document = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: [
    { feature: { id: 1, name: "dark_mode" }, enabled: true, feature_state_value: null },
    { feature: { id: 2, name: "max_items" }, enabled: true, feature_state_value: 20 },
  ],
};

test("the app answers with the flags of the API", async () => {
  const api = createFlagsmithApi({ document });
  const served = await serveFlagsmithApi(api);
  process.env["FLAGSMITH_ENVIRONMENT_KEY"] = api.environmentKey;
  process.env["FLAGSMITH_API_URL"] = served.url;
  const response = await app.request("/items?user=alice");
  deepEqual(await response.json(), { darkMode: true, maxItems: 20 });
  await close();
  await served.close();
});
