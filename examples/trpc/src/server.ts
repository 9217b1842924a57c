import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { Flagsmith } from "flagsmith-isomorphic";
import { appRouter, createContext } from "./router.ts";

const flagsmith = new Flagsmith({
  environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
  apiUrl: process.env["FLAGSMITH_API_URL"],
  enableLocalEvaluation: true,
  // Used while no document could be loaded.
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});

const server = createHTTPServer({
  router: appRouter,
  // Your sign-in replaces this header.
  createContext: ({ req }) =>
    createContext(flagsmith, String(req.headers["x-user"] ?? "anonymous")),
}).listen(Number(process.env["PORT"] ?? 3000));

process.once("SIGTERM", () => server.close(() => flagsmith.close()));
