import { expect, it } from "vitest";
import { collectGarbage } from "./collect-garbage.ts";
import { documentResponse } from "./fake-environment.ts";
import {
  allowNoUnhandledRejection,
  fakeIsolate,
  fakePlatform,
  localClient,
  type Responder,
  recordingLogger,
  settle,
} from "./fake-platform.ts";

allowNoUnhandledRejection();

/** The context of a request that is over. */
const overRequest = {
  waitUntil: () => {
    throw new Error("The request is over.");
  },
};

const broken: Responder = (request, count) => {
  if (count === 1) return documentResponse(1);
  throw new TypeError(`no connection for ${request.method}`);
};

it.each([
  ["forRequest()", overRequest, {}],
  ["the client", undefined, overRequest],
])(
  "a waitUntil of %s that throws is logged and does not fail the call",
  async (_name, request, options) => {
    const platform = fakeIsolate(broken);
    const logger = recordingLogger();
    const flagsmith = localClient(platform, {
      ...options,
      enableAnalytics: true,
      retries: 0,
      logger,
    });
    await flagsmith.ready();
    await platform.clock.advance(120_000);
    const flags = await flagsmith.forRequest(request).getEnvironmentFlags();
    expect(flags.isFeatureEnabled("banner")).toBe(true);
    await platform.clock.advance(1000);
    await settle();
    expect(platform.requests.map(({ method }) => method)).toContain("POST");
    const failures = logger.warnings.filter((message) => message.startsWith("waitUntil failed"));
    expect(failures).toEqual([expect.stringContaining("The request is over.")]);
  },
);

it("a client does not keep the waitUntil of a request whose load has ended", async () => {
  const flagsmith = localClient(fakePlatform(() => documentResponse(1)));
  const load = async () => {
    const request = { waitUntil: () => undefined };
    await flagsmith.forRequest(request).getEnvironmentFlags();
    return new WeakRef(request.waitUntil);
  };
  const waitUntil = await load();
  await settle();
  collectGarbage();
  expect(waitUntil.deref()).toBeUndefined();
});
