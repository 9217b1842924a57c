import { defineEventHandler, getQuery } from "h3";
import { getFlagsmith } from "../utils/flagsmith.ts";

export default defineEventHandler(async (event) => {
  const { user = "anonymous" } = getQuery(event);
  // With the event's `waitUntil`, a Worker refreshes a stale document after the response.
  const scope = getFlagsmith().forRequest(event);
  const flags = await scope.getIdentityFlags(String(user), { plan: "gold" });
  return {
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getNumber("max_items", 10),
  };
});
