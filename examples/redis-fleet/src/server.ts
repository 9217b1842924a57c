import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Flagsmith } from "flagsmith-isomorphic";
import { redisChanges, redisStore } from "flagsmith-isomorphic/redis";
import { createClient } from "redis";

// A connection that subscribes can do nothing else. Without the offline queue, nothing waits while Redis is down.
const { REDIS_URL = "redis://127.0.0.1:6379" } = process.env;
const redis = createClient({ url: REDIS_URL, disableOfflineQueue: true });
const subscriber = redis.duplicate();
for (const client of [redis, subscriber]) {
  client.on("error", (error) => console.error("Redis:", error.message));
  await client.connect();
}

// All processes share one document: one loads it per interval, and announces changes to the others.
const flagsmith = new Flagsmith({
  environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
  apiUrl: process.env["FLAGSMITH_API_URL"],
  enableLocalEvaluation: true,
  storage: redisStore(redis),
  changes: redisChanges(redis, subscriber),
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});
await flagsmith.ready().catch(console.error);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const user = new URL(request.url ?? "/", "http://localhost").searchParams.get("user");
  const flags = await flagsmith.getIdentityFlags(user ?? "anonymous", { plan: "gold" });
  const darkMode = flags.isFeatureEnabled("dark_mode");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ darkMode, maxItems: flags.getNumber("max_items", 10) }));
}

const server = createServer((request, response) => {
  // A rejection that nothing handles would end the process, for example that of an empty user.
  answer(request, response).catch(() => response.writeHead(400).end());
}).listen(Number(process.env["PORT"] ?? 3000));

process.once("SIGTERM", () => {
  server.close(async () => {
    // Close the connections after the client, which may still write to Redis.
    await flagsmith.close();
    for (const client of [redis, subscriber]) client.destroy();
  });
});
