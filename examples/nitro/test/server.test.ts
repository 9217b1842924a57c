import { deepEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
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

test("the built server answers with the flags of the API", async () => {
  const api = createFlagsmithApi({ document });
  const served = await serveFlagsmithApi(api);
  const server = spawn(process.execPath, [".output/server/index.mjs"], {
    stdio: "inherit",
    env: {
      ...process.env,
      PORT: "18082",
      FLAGSMITH_ENVIRONMENT_KEY: api.environmentKey,
      FLAGSMITH_API_URL: served.url,
    },
  });
  const get = async (path: string): Promise<Response> =>
    (await fetch(`http://127.0.0.1:18082${path}`).catch(() => wait(50))) ?? get(path);
  deepEqual(await (await get("/items?user=alice")).json(), { darkMode: true, maxItems: 20 });
  server.kill();
  await served.close();
});
