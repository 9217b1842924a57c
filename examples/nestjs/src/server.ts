import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { Flagsmith } from "flagsmith-isomorphic";
import { createAppModule } from "./app.module.ts";

const flagsmith = new Flagsmith({
  environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
  apiUrl: process.env["FLAGSMITH_API_URL"],
  enableLocalEvaluation: true,
  // Used while no document could be loaded.
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});
// Load the document before the first request. If this fails, the client retries in the background.
await flagsmith.ready().catch(console.error);

const app = await NestFactory.create(createAppModule(flagsmith));
app.enableShutdownHooks();
await app.listen(Number(process.env["PORT"] ?? 3000));
