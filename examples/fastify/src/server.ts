import fastify from "fastify";
import { Flagsmith } from "flagsmith-isomorphic";
import { addRoutes } from "./app.ts";

const app = fastify({ logger: true });

const flagsmith = new Flagsmith({
  environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
  apiUrl: process.env["FLAGSMITH_API_URL"],
  enableLocalEvaluation: true,
  logger: app.log,
  // Used while no document could be loaded.
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});

await addRoutes(app, flagsmith).listen({ port: Number(process.env["PORT"] ?? 3000) });

process.once("SIGTERM", () => app.close());
