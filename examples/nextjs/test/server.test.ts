import { deepEqual, equal, match } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
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
    {
      identifier: "bob",
      identity_features: [
        createState(1, "dark_mode", false, null),
        createState(2, "max_items", true, 30),
      ],
    },
  ],
};

const secret = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/** Starts the built server with an API. */
async function startServer(environment: Record<string, string> = {}) {
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
        FLAGSMITH_DASHBOARD_URL: "https://app.flagsmith.com/project/1/environment/client-key",
        FLAGS_SECRET: secret,
        ...environment,
      },
    },
  );
  const end = once(server, "exit");
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    (await fetch(`http://127.0.0.1:18084${path}`, { headers }).catch(() => wait(50))) ??
    get(path, headers);
  const stop = async () => {
    server.kill();
    await end;
    await served.close();
  };
  return { api, get, stop };
}

test("the built server uses the flags of the API", async (context) => {
  const { get, stop } = await startServer();

  await context.test("in the page, the route handler and the proxy", async () => {
    deepEqual(await (await get("/api/items?user=alice")).json(), { darkMode: true, maxItems: 20 });
    match(await (await get("/?user=alice")).text(), /<main class="dark">.*20 items/);
  });

  await context.test("through the Flags SDK, in a page and in static pages", async () => {
    for (const path of ["/account", "/welcome"]) {
      const visit = async (cookie: string) => (await get(path, { cookie })).text();
      const visits = Array.from({ length: 10 }, () => [
        visit("visitor-id=al"),
        visit("visitor-id=bob"),
      ]);
      for (const page of await Promise.all(visits.flat().filter((_, index) => index % 2 === 0))) {
        match(page, /<p class="dark">20 items/);
      }
      for (const page of await Promise.all(visits.flat().filter((_, index) => index % 2 === 1))) {
        match(page, /<p class="light">30 items/);
      }
    }
  });

  await context.test("in the toolbar of Vercel", async () => {
    const path = "/.well-known/vercel/flags";
    equal((await get(path)).status, 401);
    const authorization = `Bearer ${await createAccessProof(secret)}`;
    deepEqual(await (await get(path, { authorization })).json(), {
      definitions: {
        dark_mode: {
          options: [
            { value: false, label: "Off" },
            { value: true, label: "On" },
          ],
          origin: "https://app.flagsmith.com/project/1/environment/client-key/features?feature=1",
          declaredInCode: true,
          defaultValue: false,
          description: "Dark theme",
        },
        max_items: {
          options: [
            { value: 20, label: "environment" },
            { value: 10, label: "default in code" },
          ],
          origin: "https://app.flagsmith.com/project/1/environment/client-key/features?feature=2",
          declaredInCode: true,
          defaultValue: 10,
        },
      },
      hints: [],
    });
  });

  await stop();
});

test("in remote evaluation, a page is one request to the API", async () => {
  const { api, get, stop } = await startServer({ FLAGSMITH_REMOTE_EVALUATION: "true" });
  for (const path of ["/account", "/welcome", "/api/edge"]) {
    match(await (await get(path, { cookie: "visitor-id=bob" })).text(), /30/);
  }
  const evaluations = api.requests.filter(({ path }) => path.endsWith("/identities/"));
  equal(evaluations.length, 3);
  await stop();
});
