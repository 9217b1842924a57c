// A Worker with its clients at module scope, which all requests share.
import { env } from "cloudflare:workers";
import { Flagsmith, type FlagsmithOptions, kvStore } from "@flagsmith-isomorphic/edge";
import { soakOptions } from "./soak-client.ts";
import { type Subject, subjects } from "./subjects.ts";
import { Witness } from "./witness.ts";
import {
  type WorkerAnswer,
  type WorkerClient,
  type WorkerQuestion,
  type WorkerReport,
  workerClients,
} from "./worker-messages.ts";

const unhandled: string[] = [];
addEventListener("unhandledrejection", ({ reason }) => unhandled.push(String(reason)));

const stored = { storage: kvStore(env.STORE), storageCheckIntervalSeconds: 1 };
const clients: Readonly<Record<WorkerClient, Soaked>> = {
  alone: soaked("alone", {}),
  one: soaked("one", stored),
  other: soaked("other", stored),
};

interface Soaked {
  readonly witness: Witness;
  readonly flagsmith: Flagsmith;
}

function soaked(name: WorkerClient, options: Partial<FlagsmithOptions>): Soaked {
  const flagsmith = new Flagsmith({ ...soakOptions(env.SOAK), ...options });
  return { flagsmith, witness: new Witness(name) };
}

interface Context {
  waitUntil(work: Promise<unknown>): void;
}

async function answer(question: WorkerQuestion, context: Context): Promise<WorkerAnswer> {
  const { flagsmith, witness } = clients[question.client];
  const scope = flagsmith.forRequest(question.hasWaitUntil ? context : undefined);
  const versions = new Set<number | undefined>();
  const ask = async (subject: Subject) => {
    const flags = await scope.getIdentityFlags(subject.identifier, subject.traits);
    versions.add(witness.answered(flags, subject));
  };
  try {
    for (const subject of subjects) await ask(subject);
    scope.trackEvent("soaked", { identifier: witness.nextEvent() });
    if (question.flushes) context.waitUntil(flagsmith.flush());
    if (question.holdMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, question.holdMs));
      for (const subject of subjects) await ask(subject);
    }
  } catch (error) {
    witness.failed(error);
    return { failure: String(error) };
  }
  if (versions.size > 1) witness.tore(`one request saw ${[...versions].join(" and ")}`);
  const [version] = versions;
  return version === undefined ? { failure: "of no version" } : { version };
}

async function report(): Promise<WorkerReport> {
  const entries = workerClients.map(async (name) => {
    const { flagsmith, witness } = clients[name];
    await flagsmith.close();
    return [name, witness.testimony(flagsmith.deliveryReport())] as const;
  });
  const all = Object.fromEntries(await Promise.all(entries)) as WorkerReport["clients"];
  return { clients: all, unhandled };
}

const worker: { fetch(request: Request, env: unknown, context: Context): Promise<Response> } = {
  async fetch(request, _env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/report") return Response.json(await report());
    const question: WorkerQuestion = JSON.parse(searchParams.get("question") ?? "");
    return Response.json(await answer(question, context));
  },
};

// biome-ignore lint/style/noDefaultExport: workerd takes a Worker's handlers from the default export.
export default worker;
