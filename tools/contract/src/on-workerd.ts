// A Worker. Its client at module scope shows that import and constructor do no I/O, which is forbidden there.
import { Flagsmith } from "@flagsmith-isomorphic/edge";
import { environmentKey } from "./client.ts";
import { handleIsolateRequest } from "./isolate-requests.ts";
import { handleCaseListRequest, handleCaseRequest, handleUnhandledRequest } from "./on-edge.ts";
import { handleStoreRequest } from "./store-requests.ts";
import { createWorkerStorage, handleWritesRequest, type StoreBindings } from "./worker-stores.ts";

new Flagsmith({
  environmentKey,
  enableLocalEvaluation: true,
  enableAnalytics: true,
  enableEvents: true,
  storage: { getItem: () => null, setItem: () => undefined },
  onFlagEvaluated: () => undefined,
});

/** The part of a Worker's context that is used here. */
interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const worker: {
  fetch(request: Request, env: StoreBindings, context: Context): Promise<Response>;
} = {
  async fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/cases") return handleCaseListRequest(request);
    if (pathname === "/case") return handleCaseRequest(request);
    if (pathname === "/unhandled") return handleUnhandledRequest();
    if (pathname === "/writes") return handleWritesRequest();
    if (pathname === "/isolate") return handleIsolateRequest(request, context);
    return handleStoreRequest(request, context, (storeRequest) =>
      createWorkerStorage(storeRequest, env),
    );
  },
};

// biome-ignore lint/style/noDefaultExport: workerd takes a Worker's handlers from the default export.
export default worker;
