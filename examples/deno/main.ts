import { Flagsmith } from "flagsmith-isomorphic";

/** Reads the flags of a user. Tests pass a client with flags of their own. */
export async function readItems(flagsmith: Flagsmith, user: string) {
  const flags = await flagsmith.getIdentityFlags(user, { plan: "gold" });
  return {
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getNumber("max_items", 10),
  };
}

if (import.meta.main) {
  const flagsmith = new Flagsmith({
    environmentKey: Deno.env.get("FLAGSMITH_ENVIRONMENT_KEY"),
    apiUrl: Deno.env.get("FLAGSMITH_API_URL"),
  });
  const [user = "anonymous"] = Deno.args;
  console.log(JSON.stringify(await readItems(flagsmith, user)));
}
