import { deepEqual, match } from "node:assert/strict";
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

test("the page, the route handler and the proxy use the flags of the API", async () => {
  const api = createFlagsmithApi({ document });
  const served = await serveFlagsmithApi(api);
  const server = spawn(
    process.execPath,
    ["node_modules/next/dist/bin/next", "start", "--port", "18084"],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        PORT: "18084",
        FLAGSMITH_ENVIRONMENT_KEY: api.environmentKey,
        FLAGSMITH_API_URL: served.url,
      },
    },
  );
  const get = async (path: string): Promise<Response> =>
    (await fetch(`http://127.0.0.1:18084${path}`).catch(() => wait(50))) ?? get(path);
  deepEqual(await (await get("/api/items?user=alice")).json(), { darkMode: true, maxItems: 20 });
  match(await (await get("/?user=alice")).text(), /<main class="dark">.*20 items/);
  server.kill();
  await served.close();
});
