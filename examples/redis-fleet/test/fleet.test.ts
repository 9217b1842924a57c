import { deepEqual, equal } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
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
const isMissing = spawnSync("redis-server", ["--version"]).error !== undefined;
const skip = isMissing && "redis-server is not installed";

test("the second server of a fleet needs no request to the API", { skip }, async () => {
  const api = createFlagsmithApi({ document });
  const served = await serveFlagsmithApi(api);
  const redis = spawn("redis-server", ["--port", "16379", "--save", ""]);
  const env = {
    ...process.env,
    REDIS_URL: "redis://127.0.0.1:16379",
    FLAGSMITH_ENVIRONMENT_KEY: api.environmentKey,
    FLAGSMITH_API_URL: served.url,
  };
  for await (const line of redis.stdout) if (String(line).includes("Ready to accept")) break;
  for (const port of [18080, 18081]) {
    const server = spawn(process.execPath, ["src/server.ts"], {
      env: { ...env, PORT: String(port) },
      stdio: "inherit",
    });
    const fetchItems = async (): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}`).catch(() => wait(50));
      return response ? response.json() : fetchItems();
    };
    deepEqual(await fetchItems(), { darkMode: true, maxItems: 20 });
    equal((await fetch(`http://127.0.0.1:${port}/?user=`)).status, 400);
    server.kill();
    await once(server, "exit");
  }
  equal(api.requests.length, 1);
  redis.kill();
  await served.close();
});
