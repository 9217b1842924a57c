import { setImmediate as turn } from "node:timers/promises";
import { expect, expectTypeOf, it, vi } from "vitest";
import { CompiledEnvironment } from "../../src/engine/evaluation.ts";
import { createChangeReporter } from "../../src/environment/change-reporter.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { sha256 } from "../../src/platform/digest.ts";
import { collectGarbage } from "../collect-garbage.ts";
import { createCompiler, environmentDocument, storageWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  fixedRandom,
  json,
  type Responder,
  status,
} from "../fake-platform.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

const gold = environmentDocument().project.segments[0];
const silver = {
  ...gold,
  rules: [{ type: "ALL", conditions: [{ operator: "EQUAL", property_: "plan", value: "silver" }] }],
};

/** Responds with each document in turn, then with status 500. */
function answerWith(...documents: readonly object[]): Responder {
  return (_request, count) => {
    const document = documents[count - 1];
    return document === undefined ? status(500) : json(document);
  };
}

/** Records what a callback finds in `changedFeatures`. */
function recordingFeatures() {
  const lists: (readonly string[] | undefined)[] = [];
  return {
    lists,
    onEnvironmentChange: (
      _error: unknown,
      change: { readonly changedFeatures: readonly string[] | undefined },
    ) => void lists.push(change.changedFeatures),
  };
}

it("no feature has changed after a first load that failed", async () => {
  const { lists, onEnvironmentChange } = recordingFeatures();
  const { flagsmith } = createPollingClient(() => status(500), { onEnvironmentChange });
  await flagsmith.updateEnvironment().catch(() => undefined);
  expect(lists).toEqual([[]]);
  await flagsmith.close();
});

it("onEnvironmentChange reports a stored document with the digest of another one", async () => {
  const text = JSON.stringify(environmentDocument("api"));
  const digest = await sha256(text);
  const forged = { digest, document: environmentDocument("forged") };
  const { lists, onEnvironmentChange } = recordingFeatures();
  const { clock, value } = createPollingClient(() => new Response(text), {
    onEnvironmentChange,
    storage: storageWith(0, forged),
  });
  expect(await value()).toBe("forged");
  await clock.advance(60_000);
  expect(await value()).toBe("api");
  expect(lists).toEqual([undefined, ["banner"]]);
});

it("onEnvironmentChange does not report the document that was stored", async () => {
  const text = JSON.stringify(environmentDocument("api"));
  const record = { digest: await sha256(text), document: environmentDocument("api") };
  const { lists, onEnvironmentChange } = recordingFeatures();
  const { clock, value, times } = createPollingClient(() => new Response(text), {
    onEnvironmentChange,
    storage: storageWith(0, record),
  });
  await value();
  await clock.advance(60_000);
  expect(times()).toEqual([60_000]);
  expect(lists).toEqual([undefined]);
});

it("changedFeatures lists what a new document changes, and nothing after a failure", async () => {
  const { lists, onEnvironmentChange } = recordingFeatures();
  const other = { feature: { id: 4, name: "other" }, enabled: true };
  const states = environmentDocument().feature_states;
  const { flagsmith, clock } = createPollingClient(
    answerWith(
      environmentDocument("api"),
      environmentDocument("new"),
      environmentDocument("new", { feature_states: [...states, other] }),
      environmentDocument("new", {
        feature_states: [...states, other],
        project: { segments: [silver] },
      }),
    ),
    { onEnvironmentChange },
  );
  await flagsmith.ready();
  await clock.advance(300_000);
  expect(lists.slice(0, 5)).toEqual([undefined, ["banner"], ["banner", "other"], ["banner"], []]);
});

it("a stored document is compared with that of the API", async () => {
  const { lists, onEnvironmentChange } = recordingFeatures();
  const { flagsmith } = createPollingClient(
    answerWith(environmentDocument("stored", { name: "Test" })),
    {
      onEnvironmentChange,
      storage: storageWith(0),
    },
  );
  await flagsmith.ready();
  await flagsmith.updateEnvironment();
  expect(lists).toEqual([undefined, []]);
});

it("environments are compared when a callback reads changedFeatures, and once", async () => {
  const compare = vi.spyOn(CompiledEnvironment.prototype, "changedFeatures");
  let reads = 0;
  const { flagsmith } = createPollingClient(
    answerWith(environmentDocument("a"), environmentDocument("b"), environmentDocument("c")),
    {
      onEnvironmentChange: (_error, change) => {
        for (let count = 0; count < reads; count++)
          expect(change.changedFeatures).toEqual(["banner"]);
      },
    },
  );
  await flagsmith.ready();
  await flagsmith.updateEnvironment();
  expect(compare).not.toHaveBeenCalled();
  reads = 3;
  await flagsmith.updateEnvironment();
  expect(compare).toHaveBeenCalledOnce();
  compare.mockRestore();
});

it("changedFeatures is undefined after the callback, unless it was read", async () => {
  const changes: { readonly changedFeatures: readonly string[] | undefined }[] = [];
  const { flagsmith } = createPollingClient(
    answerWith(environmentDocument("a"), environmentDocument("b"), environmentDocument("c")),
    {
      onEnvironmentChange: async (_error, change) => {
        if (changes.push(change) === 3) return change.changedFeatures;
        await Promise.resolve();
        return change.changedFeatures;
      },
    },
  );
  await flagsmith.ready();
  await flagsmith.updateEnvironment();
  await flagsmith.updateEnvironment();
  expect(changes.map(({ changedFeatures }) => changedFeatures)).toEqual([
    undefined,
    undefined,
    ["banner"],
  ]);
});

it("an unchanged segment changes no feature", async () => {
  const { lists, onEnvironmentChange } = recordingFeatures();
  const document = environmentDocument("x");
  const other = { feature: { id: 4, name: "other" }, enabled: true };
  const { flagsmith } = createPollingClient(
    answerWith(document, { ...document, feature_states: [...document.feature_states, other] }),
    { onEnvironmentChange },
  );
  await flagsmith.ready();
  await flagsmith.updateEnvironment();
  expect(lists).toEqual([undefined, ["other"]]);
});

it("a change that is kept retains no environment", async () => {
  const compiler = createCompiler();
  const create = () => {
    const environment = compiler.compile(environmentDocument(), "local");
    if ("refused" in environment) throw new Error(environment.refused);
    return environment;
  };
  const kept: unknown[] = [];
  const previous = new WeakRef(create());
  const report = createChangeReporter(
    { onEnvironmentChange: (_error, change) => void kept.push(change) },
    async (run) => run(),
  );
  report(null, { previous: previous.deref(), current: create() });
  // A WeakRef is alive until the end of the turn in which it was read.
  await turn();
  collectGarbage();
  expect(kept).toHaveLength(1);
  expect(previous.deref()).toBeUndefined();
});

it("callbacks may be asynchronous, because their rejections are handled", () => {
  type Names = "onEnvironmentChange" | "onFlagEvaluated" | "onStatusChange";
  type Results = { [Name in Names]: ReturnType<NonNullable<FlagsmithOptions[Name]>> };
  // typescript-eslint reports an asynchronous function if a type wants `void`.
  expectTypeOf<Results>().toEqualTypeOf<Record<Names, unknown>>();
});
