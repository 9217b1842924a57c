import { deepEqual, equal, match } from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { createFlagsmithApi, type WireFeatureState } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { createAccessProof } from "flags";

const createState = (id: number, name: string, enabled: boolean, value: number | null) =>
  ({ feature: { id, name }, enabled, feature_state_value: value }) as WireFeatureState;

const document = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: [createState(1, "dark_mode", true, null), createState(2, "max_items", true, 20)],
  identity_overrides: [
    { identifier: "bob", identity_features: [createState(2, "max_items", true, 30)] },
  ],
};

test("the built server renders the flags of the API", async (context) => {
  const api = createFlagsmithApi({ document });
  const served = await serveFlagsmithApi(api);
  const secret = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
  const server = spawn(process.execPath, ["build"], {
    stdio: "inherit",
    env: {
      ...process.env,
      PORT: "18083",
      FLAGSMITH_ENVIRONMENT_KEY: api.environmentKey,
      FLAGSMITH_API_URL: served.url,
      FLAGS_SECRET: secret,
    },
  });
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    (await fetch(`http://127.0.0.1:18083${path}`, { headers }).catch(() => wait(50))) ??
    get(path, headers);

  await context.test("of a user", async () => {
    match(await (await get("/?user=alice")).text(), /<main class="dark">\s*<p>20 items<\/p>/);
  });

  await context.test("through the Flags SDK", async () => {
    const visit = async (cookie: string) => (await get("/welcome", { cookie })).text();
    match(await visit("visitor-id=bob"), /<main class="dark">\s*<p>30 items<\/p>/);
    match(await visit("visitor-id=alice"), /<main class="dark">\s*<p>20 items<\/p>/);
  });

  await context.test("to the toolbar of Vercel", async () => {
    const path = "/.well-known/vercel/flags";
    equal((await get(path)).status, 401);
    const authorization = `Bearer ${await createAccessProof(secret)}`;
    const { definitions, hints } = await (await get(path, { authorization })).json();
    deepEqual([Object.keys(definitions), hints], [["dark_mode", "max_items"], []]);
  });

  server.kill();
  await served.close();
});
