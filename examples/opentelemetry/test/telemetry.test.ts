import { deepEqual, match } from "node:assert/strict";
import { test } from "node:test";
import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { Flagsmith } from "flagsmith-isomorphic";
import { formatMetrics, onFlagEvaluated } from "../src/telemetry.ts";

const document = {
  id: 1,
  api_key: "client-key",
  project: { segments: [] },
  feature_states: [
    { feature: { id: 2, name: "max_items" }, enabled: true, feature_state_value: 20 },
  ],
};

test("an evaluation is an event of the active span and counted", async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const spans = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor(spans)];
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
  const { environmentKey, fetch } = createFlagsmithApi({ document });
  const options = { environmentKey, fetch, enableLocalEvaluation: true, onFlagEvaluated };
  const flagsmith = new Flagsmith(options);

  await trace.getTracer("test").startActiveSpan("request", async (span) => {
    const flags = await flagsmith.getIdentityFlags("alice");
    flags.getNumber("max_items", 10);
    span.end();
  });
  const [event] = spans.getFinishedSpans()[0]?.events ?? [];
  deepEqual(event?.attributes?.["feature_flag.result.value"], 20);
  const metrics = await formatMetrics(flagsmith);
  match(metrics, /^flagsmith_evaluations_total\{feature="max_items".*\} 1$/m);
  match(metrics, /^flagsmith_state\{state="ready"\} 1$/m);
  await flagsmith.close();
});
