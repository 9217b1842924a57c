import plugin from "fastify-plugin";
import type { Flagsmith } from "flagsmith-isomorphic";

declare module "fastify" {
  interface FastifyInstance {
    readonly flagsmith: Flagsmith;
  }
}

/** Decorates the app with the client, loads the document before it listens, and closes the client with the app. */
export const flagsmithPlugin = plugin<{ flagsmith: Flagsmith }>(async (app, { flagsmith }) => {
  app.decorate("flagsmith", flagsmith);
  app.addHook("onReady", async () => {
    // If this fails, the client retries in the background.
    await flagsmith.ready().catch((error) => app.log.warn(error));
  });
  app.addHook("onClose", () => flagsmith.close());
});
