// A Worker with clients at module scope, which all requests share.
import { env } from "cloudflare:workers";
import { Flagsmith, type FlagsmithOptions, kvStore } from "@flagsmith-isomorphic/edge";
import { ClientRecord, createSoakOptions } from "./soak-client.ts";
import { type SoakIdentity, soakIdentities } from "./versioned-document.ts";
import {
  type WorkerClient,
  type WorkerReport,
  type WorkerRequest,
  type WorkerResponse,
  workerClients,
} from "./worker-messages.ts";

const unhandled: string[] = [];
addEventListener("unhandledrejection", ({ reason }) => unhandled.push(String(reason)));

const stored = { storage: kvStore(env.STORE), storageCheckIntervalSeconds: 1 };
const clients = {
  alone: createClient("alone", {}),
  one: createClient("one", stored),
  other: createClient("other", stored),
};

function createClient(name: WorkerClient, options: Partial<FlagsmithOptions>) {
  const flagsmith = new Flagsmith({ ...createSoakOptions(env.SOAK), ...options });
  return { flagsmith, record: new ClientRecord(name) };
}

interface WorkerContext {
  waitUntil(work: Promise<unknown>): void;
}

/** Evaluates flags within one request, which must use a single version of the document. */
async function evaluate(request: WorkerRequest, context: WorkerContext): Promise<WorkerResponse> {
  const { flagsmith, record } = clients[request.client];
  const scope = flagsmith.forRequest(request.hasWaitUntil ? context : undefined);
  const versions = new Set<number | undefined>();
  const evaluateFor = async (identity: SoakIdentity) => {
    const flags = await scope.getIdentityFlags(identity.identifier, identity.traits);
    versions.add(record.recordFlags(flags, identity));
  };
  try {
    for (const identity of soakIdentities) await evaluateFor(identity);
    scope.trackEvent("soaked", { identifier: record.createEventName() });
    if (request.flushes) context.waitUntil(flagsmith.flush());
    if (request.holdMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, request.holdMs));
      for (const identity of soakIdentities) await evaluateFor(identity);
    }
  } catch (error) {
    record.recordError(error);
    return { error: String(error) };
  }
  if (versions.size > 1) record.recordMixture(`one request saw ${[...versions].join(" and ")}`);
  const [version] = versions;
  return version === undefined ? { error: "the flags mix several versions" } : { version };
}

async function createReport(): Promise<WorkerReport> {
  const entries = workerClients.map(async (name) => {
    const { flagsmith, record } = clients[name];
    await flagsmith.close();
    return [name, record.summarize(flagsmith.deliveryReport())] as const;
  });
  const summaries = Object.fromEntries(await Promise.all(entries)) as WorkerReport["clients"];
  return { clients: summaries, unhandled };
}

const worker: {
  fetch(request: Request, env: unknown, context: WorkerContext): Promise<Response>;
} = {
  async fetch(request, _env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/report") return Response.json(await createReport());
    const workerRequest: WorkerRequest = JSON.parse(searchParams.get("request") ?? "");
    return Response.json(await evaluate(workerRequest, context));
  },
};

// biome-ignore lint/style/noDefaultExport: workerd takes a Worker's handlers from the default export.
export default worker;
