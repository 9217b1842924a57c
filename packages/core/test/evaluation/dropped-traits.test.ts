import { expect, it } from "vitest";
import type { FlagEvaluation } from "../../src/flags/flag-evaluation.ts";
import type { Traits } from "../../src/identity/traits.ts";
import { environmentDocument } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiFlag,
  catchError,
  client,
  fakePlatform,
  json,
  localClient,
  type Responder,
  recordingLogger,
  status,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

const traits = { plan: "gold", age: Number.NaN, at: new Date(0) } as unknown as Traits;
const warning =
  'Trait "age" must be a string, a finite number, a boolean, a date or null. It is dropped.';
const flags = { flags: [apiFlag("banner", { feature_state_value: "for gold" })] };

const remoteAnswer: Responder = ({ method }) => json(method === "GET" ? [] : flags);

it.each([
  ["remote mode", client, remoteAnswer],
  ["local mode", localClient, () => json(environmentDocument())],
])("an invalid trait is dropped, logged once and listed in %s", async (_name, make, answer) => {
  const logger = recordingLogger();
  const seen: FlagEvaluation[] = [];
  const flagsmith = make(fakePlatform(answer), {
    logger,
    onFlagEvaluated: (evaluation: FlagEvaluation) => seen.push(evaluation),
  });
  for (let call = 0; call < 3; call++) {
    const found = await flagsmith.getIdentityFlags("user", traits);
    expect(found.getFeatureValue("banner")).toBe("for gold");
    expect(found.droppedTraits).toEqual(["age"]);
  }
  expect(seen.map(({ droppedTraits }) => droppedTraits)).toEqual([["age"], ["age"], ["age"]]);
  expect((await flagsmith.getEnvironmentFlags()).droppedTraits).toEqual([]);
  expect(logger.warnings).toEqual([warning]);
});

it("local mode logs an invalid text once it is needed: for a flag, or for the list", async () => {
  const logger = recordingLogger();
  const platform = fakePlatform(() => json(environmentDocument()));
  const flagsmith = localClient(platform, { logger });
  await flagsmith.getIdentityFlags("user", { plan: "gold" }).then((found) => found.allFlags());
  const found = await flagsmith.getIdentityFlags("user", { plan: "gold", text: "a\0b" });
  expect(found.getFeatureValue("banner")).toBe("for gold");
  expect(logger.warnings).toEqual([]);
  expect(found.droppedTraits).toEqual(["text"]);
  expect(logger.warnings).toHaveLength(1);
});

it("a request contains the valid traits and dates in ISO 8601", async () => {
  const platform = fakePlatform(() => json(flags));
  await client(platform, { logger: recordingLogger() }).getIdentityFlags("user", traits);
  expect(JSON.parse(platform.requests[0]?.body ?? "").traits).toEqual([
    { trait_key: "plan", trait_value: "gold" },
    { trait_key: "at", trait_value: "1970-01-01T00:00:00.000Z" },
  ]);
});

it("default flags list dropped traits", async () => {
  const logger = recordingLogger();
  const options = { logger, retries: 0, defaultFlagHandler: () => ({ enabled: true }) };
  for (const make of [client, localClient]) {
    const found = await make(
      fakePlatform(() => status(500)),
      options,
    ).getIdentityFlags("u", traits);
    expect(found.source).toBe("default");
    expect(found.droppedTraits).toEqual(["age"]);
  }
});

it("an event is sent without invalid traits", async () => {
  const platform = fakePlatform(() => status(200));
  const flagsmith = client(platform, {
    logger: recordingLogger(),
    enableEvents: true,
    eventsApiUrl: "https://events.example/",
  });
  flagsmith.trackEvent("checkout", { traits: { ...traits, at: undefined } });
  await flagsmith.flush();
  expect(JSON.parse(platform.requests[0]?.body ?? "").events[0].traits).toEqual({ plan: "gold" });
});

it.each([400, 500])(
  "a response with status %d explains the limit for large integers",
  async (code) => {
    const large = { plan: "gold", account: 2 ** 31 };
    const ask = (given: Traits, transient = false) =>
      catchError(
        client(
          fakePlatform(() => status(code)),
          { retries: 0 },
        ).getIdentityFlags("user", given, transient),
      );
    const error = await ask(large);
    expect(error).toMatchObject({ code: "API_STATUS", status: code });
    expect(error.message).toContain(
      'Trait "account" is outside the 32-bit range, which may be the reason: send it as a string',
    );
    expect(error.message).not.toContain(String(2 ** 31));
    const storable = [2 ** 31 - 1, 2 ** 31 + 0.5, 1e21].map((account) => ask({ account }));
    for (const other of await Promise.all([...storable, ask(large, true)])) {
      expect(other.message).not.toContain("32-bit");
    }
  },
);

it.each([401, 503])("a response with status %d has other causes than integers", async (code) => {
  const flagsmith = client(
    fakePlatform(() => status(code)),
    { retries: 0 },
  );
  const error = await catchError(flagsmith.getIdentityFlags("user", { account: 2 ** 31 }));
  expect(error).toMatchObject({ code: "API_STATUS", status: code });
  expect(error.message).not.toContain("32-bit");
});

it("a call with a large integer that is aborted rejects with the reason", async () => {
  const reason = new Error("the visitor has left");
  const call = client(fakePlatform()).getIdentityFlags(
    "user",
    { account: 2 ** 31 },
    {
      signal: AbortSignal.abort(reason),
    },
  );
  await expect(call).rejects.toBe(reason);
});

it("large integers are sent and evaluated", async () => {
  const platform = fakePlatform(() => json(flags));
  const found = await client(platform).getIdentityFlags("user", { account: 2 ** 40 });
  expect(found.droppedTraits).toEqual([]);
  expect(platform.requests[0]?.body).toContain("1099511627776");
});
