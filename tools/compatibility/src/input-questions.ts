import { describeFlag, describeOutcome } from "./answers.ts";
import { createDocument } from "./own-document.ts";
import { createOptions, type Mode, modes, type Question } from "./question.ts";

/** Creates questions with identifiers and traits of every type. */
export function askInputs(): Question[] {
  const identifiers = [undefined, null, "", " ", 42, 1.5, "a".repeat(2000), " alice ", "é", {}];
  const values = [
    "text",
    "",
    0,
    -1.5,
    true,
    null,
    undefined,
    Number.NaN,
    new Date(0),
    [1],
    { a: 1 },
    { value: 5 },
    { value: "x", transient: true },
    2 ** 31,
    "x".repeat(2001),
  ];
  const ask = (mode: Mode, name: string, identifier: unknown, traits: unknown): Question => ({
    name: `${mode} ${name}`,
    mode,
    document: createDocument(),
    ask: async (session) => {
      const client = session.create({ ...createOptions(mode), retries: 0 });
      const outcome = await describeOutcome(
        () => client.getIdentityFlags(identifier, traits),
        (flags) => describeFlag(flags, "banner"),
      );
      return { ...outcome, sent: session.api.requests.map(({ body }) => body) };
    },
  });
  return modes.flatMap((mode) => [
    ...identifiers.map((identifier, index) =>
      ask(mode, `identifier ${index}: ${String(identifier).slice(0, 12)}`, identifier, undefined),
    ),
    ...values.map((value, index) =>
      ask(mode, `trait ${index}: ${String(value).slice(0, 12)}`, "alice", { plan: value }),
    ),
    ask(mode, "traits null", "alice", null),
    ask(mode, "traits that are an array", "alice", ["gold"]),
  ]);
}

/** Creates questions about options that one of the clients may refuse. */
export function askOptions(): Question[] {
  const options: readonly [string, object][] = [
    ["no key", { environmentKey: undefined }],
    ["an empty key", { environmentKey: "" }],
    [
      "a client-side key with local evaluation",
      { environmentKey: "client-key", enableLocalEvaluation: true },
    ],
    ["apiUrl without a slash", { apiUrl: "https://flags.example/api/v1" }],
    ["an empty apiUrl", { apiUrl: "" }],
    [
      "undefined options",
      { retries: undefined, agent: undefined, cache: undefined, other: undefined },
    ],
    ["null", { retries: null }],
    ["a number as text", { requestTimeoutSeconds: "10" }],
    ["an unknown option", { environmentID: "key" }],
    ["requestRetryDelayMilliseconds", { requestRetryDelayMilliseconds: 1000 }],
    ["an interval of 0", { environmentRefreshIntervalSeconds: 0 }],
    ["a negative interval", { environmentRefreshIntervalSeconds: -1, enableLocalEvaluation: true }],
    ["offline mode without a handler", { offlineMode: true }],
    [
      "an offline handler and default flags",
      { offlineHandler: { getEnvironment: () => ({}) }, defaultFlagHandler: () => ({}) },
    ],
    ["custom headers", { customHeaders: { "X-Tenant": "a" } }],
    ["custom headers of another type", { customHeaders: new Headers({ "X-Tenant": "a" }) }],
    ["a custom header of the SDK", { customHeaders: { "User-Agent": "a" } }],
    ["a timeout of 0", { requestTimeoutSeconds: 0 }],
    ["a key with a line break", { environmentKey: "client-key\n" }],
    ["25 retries", { retries: 25 }],
    ["eventProcessorConfig", { eventProcessorConfig: { maxBuffer: 10 } }],
  ];
  return options.map(([name, more]) => ({
    name: `options: ${name}`,
    mode: "none",
    document: createDocument(),
    ask: async (session) => {
      const outcome = await describeOutcome(async () => session.create(more));
      if (outcome["outcome"] === "rejects") return { outcome: "rejects" };
      return outcome;
    },
  }));
}
