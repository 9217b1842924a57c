import { Flagsmith } from "flagsmith-isomorphic";
import { type Context, Hono } from "hono";
import { env, getRuntimeKey } from "hono/adapter";

let flagsmith: Flagsmith | undefined;

/** Creates the client at the first request, because Workers pass their variables with a request. */
function getFlagsmith(context: Context): Flagsmith {
  const { FLAGSMITH_ENVIRONMENT_KEY, FLAGSMITH_API_URL } = env<{
    FLAGSMITH_ENVIRONMENT_KEY: string;
    FLAGSMITH_API_URL?: string;
  }>(context);
  flagsmith ??= new Flagsmith({
    environmentKey: FLAGSMITH_ENVIRONMENT_KEY,
    apiUrl: FLAGSMITH_API_URL,
    enableLocalEvaluation: true,
  });
  return flagsmith;
}

const app = new Hono();

app.get("/items", async (context) => {
  const user = context.req.query("user") ?? "anonymous";
  // With a Worker's context, a stale document is refreshed after the response. Servers have none.
  const execution = getRuntimeKey() === "workerd" ? context.executionCtx : undefined;
  const flags = await getFlagsmith(context)
    .forRequest(execution)
    .getIdentityFlags(user, { plan: "gold" });
  return context.json({
    darkMode: flags.isFeatureEnabled("dark_mode"),
    maxItems: flags.getNumber("max_items", 10),
  });
});

/** Sends what is left and stops the timers, before a server ends. */
export async function close(): Promise<void> {
  await flagsmith?.close();
}

// The Worker, and the server of Bun. Node.js starts node.ts.
export default app;
