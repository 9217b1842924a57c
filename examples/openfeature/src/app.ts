import { createServer, type Server } from "node:http";
import { OpenFeature } from "@openfeature/server-sdk";

/** Creates the server. It knows only OpenFeature. */
export function createApp(): Server {
  const client = OpenFeature.getClient();
  return createServer(async (request, response) => {
    // Not by `new URL`, which throws for the path `//`. Then the process would end.
    const query = new URLSearchParams(request.url?.split("?")[1]);
    const user = { targetingKey: query.get("user") ?? "anonymous", plan: "gold" };
    const darkMode = await client.getBooleanValue("dark_mode", false, user);
    const maxItems = await client.getNumberValue("max_items", 10, user);
    response.end(JSON.stringify({ darkMode, maxItems }));
  });
}
