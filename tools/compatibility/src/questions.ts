import type { WireDocument } from "@flagsmith-isomorphic/testing";
import type { DocumentCase } from "corpora";
import { hasCorpora, readDocuments } from "corpora/read";
import { environmentDocument, recordedIdentities } from "recordings";
import { type Answers, describeFlag, describeFlags } from "./answers.ts";
import type { AnyClient, Session } from "./clients.ts";
import { askFailures } from "./failure-questions.ts";
import { askInputs, askOptions } from "./input-questions.ts";
import { askLifecycle } from "./lifecycle-questions.ts";
import { createDocument } from "./own-document.ts";
import { createOptions, modes, type Question } from "./question.ts";
import { askTests } from "./test-questions.ts";

const identities = [
  ["alice", {}],
  ["bob", { plan: "gold", age: 30, beta: true }],
  ["carol", { plan: "free", age: 17, country: "CH" }],
  ["dave", { plan: { value: "gold", transient: true }, age: null }],
] as const;

/** Creates the questions. Without the recorded cases, those about documents of the repository remain. */
export function createQuestions(): readonly Question[] {
  return [
    ...askOwnDocument(),
    ...askRecordedDocument(),
    ...(hasCorpora ? readDocuments<never, never>().flatMap(askCase) : []),
    ...askUnknownFeatures(),
    ...askFailures(),
    ...askInputs(),
    ...askOptions(),
    ...askLifecycle(),
    ...askTests(),
  ];
}

function askOwnDocument(): Question[] {
  const about = { document: createDocument() };
  return modes.flatMap((mode) => [
    {
      ...about,
      mode,
      name: `${mode} environment flags`,
      ask: async (session: Session) =>
        describeFlags(await session.create(createOptions(mode)).getEnvironmentFlags()),
    },
    ...identities.map(([identifier, traits]) => ({
      ...about,
      mode,
      name: `${mode} flags of ${identifier}`,
      ask: async (session: Session) =>
        describeFlags(
          await session.create(createOptions(mode)).getIdentityFlags(identifier, traits),
        ),
    })),
  ]);
}

/** Local evaluation of the recorded document is compared nowhere: the official engines disagree about its segments. */
function askRecordedDocument(): Question[] {
  const about = {
    mode: "remote",
    document: environmentDocument as unknown as WireDocument,
  } as const;
  return [
    {
      ...about,
      name: "remote environment flags of the recorded document",
      ask: async (session) => describeFlags(await session.create().getEnvironmentFlags()),
    },
    ...recordedIdentities.map(
      ({ identifier, traits }): Question => ({
        ...about,
        name: `remote flags of the recorded identity ${identifier}`,
        ask: async (session) =>
          describeFlags(await session.create().getIdentityFlags(identifier, traits)),
      }),
    ),
  ];
}

function askCase(judge: DocumentCase): Question[] {
  const { id, identifier, traits } = judge;
  const document = judge.document as WireDocument;
  const local = (
    name: string,
    ask: (client: AnyClient) => Promise<Answers>,
    judged?: DocumentCase,
  ): Question => ({
    name: `local ${name} of ${id}`,
    mode: "local",
    document,
    ask: (session) => ask(session.create(createOptions("local"))),
    ...(judged && { judge: judged }),
  });
  const remote = (name: string, ask: (client: AnyClient) => Promise<Answers>): Question => ({
    name: `remote ${name} of ${id}`,
    mode: "remote",
    document,
    ask: (session) => ask(session.create()),
  });
  const environment = async (client: AnyClient) =>
    describeFlags(await client.getEnvironmentFlags());
  const identity = async (client: AnyClient) =>
    describeFlags(await client.getIdentityFlags(identifier, traits));
  return [
    remote("environment flags", environment),
    remote("identity flags", identity),
    local("environment flags", environment),
    local("identity flags", identity, judge),
    local(
      "segments",
      async (client) => {
        const segments = await client.getIdentitySegments(identifier, traits);
        return { segments: segments.map(({ name }) => name) };
      },
      judge,
    ),
  ];
}

function askUnknownFeatures(): Question[] {
  const names = ["unknown", "constructor"];
  const handlers: readonly [string, ((session: Session) => unknown) | undefined][] = [
    ["no handler", undefined],
    ["DefaultFlag", ({ module }) => new module.DefaultFlag("default", true)],
    ["a plain object", () => ({ enabled: false, isDefault: true, value: null })],
    ["an object as its value", () => ({ enabled: true, isDefault: true, value: { a: 1 } })],
    ["a number as its state", () => ({ enabled: 1, isDefault: true, value: "x" })],
  ];
  return modes.flatMap((mode) =>
    handlers.flatMap(([kind, handle]) =>
      names.flatMap((featureName) =>
        (["environment", "identity"] as const).map((scope) => ({
          name: `${mode} ${scope} flags: ${featureName} with ${kind}`,
          mode,
          document: createDocument(),
          ask: async (session: Session) => {
            const client = session.create({
              ...createOptions(mode),
              ...(handle && { defaultFlagHandler: () => handle(session) }),
            });
            const flags = await (scope === "environment"
              ? client.getEnvironmentFlags()
              : client.getIdentityFlags("alice"));
            return describeFlag(flags, featureName);
          },
        })),
      ),
    ),
  );
}
