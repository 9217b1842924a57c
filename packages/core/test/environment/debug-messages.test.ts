import { expect, it } from "vitest";
import {
  documentResponse,
  memoryStorage,
  offlineHandlerWith,
  updatedAt,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  client,
  environmentKey,
  fakePlatform,
  fixedRandom,
  json,
  localClient,
  type Responder,
  recordingLogger,
  status,
  steadyPolicy,
} from "../fake-platform.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();
fixedRandom();

/** The debug messages of a logger since the last call. */
function takeMessages({ lines }: ReturnType<typeof recordingLogger>): string[] {
  return lines.splice(0).flatMap((line) => (line.startsWith("debug ") ? [line.slice(6)] : []));
}

it("each load has one debug message with its source, result and duration", async () => {
  const answer: Responder = async (_request, count) => {
    await clock.sleep(120);
    return count < 3 ? documentResponse() : count === 3 ? documentResponse("b") : status(503);
  };
  const storage = memoryStorage();
  const { flagsmith, clock, logger } = createPollingClient(answer, {
    storage: {
      getItem: async (key) => {
        await clock.sleep(3);
        return storage.getItem(key);
      },
      setItem: storage.setItem,
    },
  });
  await clock.run(flagsmith.ready());
  await clock.advance(100);
  expect(takeMessages(logger)).toEqual([
    "The storage returned no document that can be used after 3 ms.",
    `The API returned another document (${updatedAt}) after 120 ms.`,
    "The storage has the document after 3 ms.",
  ]);
  const update = async () => {
    await clock.run(flagsmith.updateEnvironment().catch(() => undefined));
    return takeMessages(logger);
  };
  expect(await update()).toEqual([
    `The API returned the same document (${updatedAt}) after 120 ms.`,
    "The storage has the lease after 3 ms.",
  ]);
  expect(await update()).toEqual([
    `The API returned another document (${updatedAt}) after 120 ms.`,
    "The storage has the document after 3 ms.",
  ]);
  expect(await update()).toEqual(["The API returned no document (API_STATUS) after 120 ms."]);
});

it("a store that does not accept a document, and one that has it", async () => {
  const answer: Responder = () => documentResponse();
  const storage = memoryStorage();
  const full = () => {
    throw new Error("the store is full");
  };
  const first = createPollingClient(answer, { storage: { ...storage, setItem: full } });
  await first.flagsmith.ready();
  await first.flagsmith.updateEnvironment();
  expect(takeMessages(first.logger)).toContain(
    "The storage did not accept the document after 0 ms.",
  );

  const second = createPollingClient(answer, { storage });
  await second.flagsmith.ready();
  await second.flagsmith.updateEnvironment();
  const third = createPollingClient(answer, { storage });
  await third.flagsmith.ready();
  expect(takeMessages(third.logger)).toEqual(["The storage returned another document after 0 ms."]);
});

it("the offline handler's load and repeated fallbacks have a debug message", async () => {
  const logger = recordingLogger();
  const platform = fakePlatform(() => status(400));
  const flagsmith = localClient(platform, {
    logger,
    enableLocalEvaluation: false,
    offlineHandler: offlineHandlerWith(),
  });
  await flagsmith.getEnvironmentFlags();
  await flagsmith.getEnvironmentFlags();
  expect(takeMessages(logger)).toEqual([
    `The offline handler returned a document (${updatedAt}) after 0 ms.`,
    expect.stringMatching(/^Using the offline handler's document: .* failed with status 400/),
  ]);
});

it("each retry has a debug message, without secrets", async () => {
  const logger = recordingLogger();
  const answer: Responder = (_request, count) =>
    count === 1 ? json({ detail: `wrong ${environmentKey}` }, { status: 503 }) : json([]);
  const platform = fakePlatform(answer, { retryPolicy: steadyPolicy(3, 100) });
  await platform.clock.run(client(platform, { logger }).getEnvironmentFlags());
  expect(takeMessages(logger)).toEqual([
    expect.stringMatching(/^Retry 1 follows in 100 ms: GET .* failed with status 503/),
  ]);
  expect(logger.lines.join()).not.toContain(environmentKey);
});
