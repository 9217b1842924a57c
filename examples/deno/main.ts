// A Deno script that makes one request to the Flagsmith API. It has no other network access.
//
//   export FLAGSMITH_ENVIRONMENT_KEY=…
//   deno run --allow-net=edge.api.flagsmith.com \
//     --allow-env=FLAGSMITH_ENVIRONMENT_KEY,FLAGSMITH_API_URL main.ts alice
import { Flagsmith } from "npm:flagsmith-isomorphic@^0.1.0";

const flagsmith = new Flagsmith({
  environmentKey: Deno.env.get("FLAGSMITH_ENVIRONMENT_KEY"),
  apiUrl: Deno.env.get("FLAGSMITH_API_URL"),
});

const [user = "anonymous"] = Deno.args;
const flags = await flagsmith.getIdentityFlags(user, { plan: "gold" });
console.log(
  JSON.stringify({
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getFeatureValue("max_items"),
  }),
);
