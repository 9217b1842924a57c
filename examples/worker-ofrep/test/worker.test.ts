import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";
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

test("OpenFeature clients get the flags of the API from the Worker", async () => {
  const api = createFlagsmithApi({ document });
  const served = await serveFlagsmithApi(api);
  const secrets = {
    FLAGSMITH_ENVIRONMENT_KEY: api.environmentKey,
    FLAGSMITH_API_URL: served.url,
    OFREP_TOKEN: "test-token",
  };
  const server = createTestHarness({ workers: [{ configPath: "wrangler.json", secrets }] });
  const { url } = await server.listen();

  const provider = new OFREPProvider({
    baseUrl: url.origin,
    headers: [["Authorization", "Bearer test-token"]],
  });
  await OpenFeature.setProviderAndWait(provider);
  const client = OpenFeature.getClient();
  const user = { targetingKey: "alice" };
  deepEqual(
    [
      await client.getBooleanValue("dark_mode", false, user),
      await client.getNumberValue("max_items", 10, user),
    ],
    [true, 20],
  );

  const path = "/ofrep/v1/evaluate/flags";
  equal((await server.fetch(path, { method: "POST", body: "{}" })).status, 401);
  await OpenFeature.close();
  await server.close();
  await served.close();
});
