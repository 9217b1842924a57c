import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  ConsoleSpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { Flagsmith } from "flagsmith-isomorphic";
import { formatMetrics, onFlagEvaluated } from "./telemetry.ts";

// Your set-up of OpenTelemetry replaces these lines. This one prints spans.
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
const spanProcessors = [new SimpleSpanProcessor(new ConsoleSpanExporter())];
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));

const flagsmith = new Flagsmith({
  environmentKey: process.env["FLAGSMITH_ENVIRONMENT_KEY"],
  apiUrl: process.env["FLAGSMITH_API_URL"],
  enableLocalEvaluation: true,
  onFlagEvaluated,
  defaultFlagHandler: () => ({ enabled: false, value: null }),
});
await flagsmith.ready().catch(console.error);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/metrics") {
    response.end(await formatMetrics(flagsmith));
    return;
  }
  const user = searchParams.get("user") ?? "anonymous";
  await trace.getTracer("items").startActiveSpan("GET /items", async (span) => {
    try {
      const flags = await flagsmith.getIdentityFlags(user, { plan: "gold" });
      const darkMode = flags.isFeatureEnabled("dark_mode");
      response.end(JSON.stringify({ darkMode, maxItems: flags.getNumber("max_items", 10) }));
    } finally {
      span.end();
    }
  });
}

const server = createServer((request, response) => {
  // A rejection that nothing handles would end the process, for example that of an empty user.
  answer(request, response).catch(() => response.writeHead(400).end());
}).listen(Number(process.env["PORT"] ?? 3000));

process.once("SIGTERM", () => server.close(() => flagsmith.close()));
