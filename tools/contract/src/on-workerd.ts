// A Worker. Its client at module scope proves that importing and constructing do no I/O there.
import { Flagsmith } from "@flagsmith-isomorphic/edge";
import { environmentKey } from "./client.ts";
import { handleIsolateRequest } from "./isolate-requests.ts";
import { handleSuiteRequest } from "./on-edge.ts";

new Flagsmith({ environmentKey, enableLocalEvaluation: true });

/** The part of a Worker's context that is used here. */
interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const worker: { fetch(request: Request, env: unknown, context: Context): Promise<Response> } = {
  fetch: (request, _env, context) =>
    new URL(request.url).pathname === "/suite"
      ? handleSuiteRequest(request)
      : handleIsolateRequest(request, context),
};

// biome-ignore lint/style/noDefaultExport: workerd takes a Worker's handlers from the default export.
export default worker;
