import { type Answers, describeOutcome } from "./answers.ts";
import type { AnyFlags, Session } from "./clients.ts";
import { createDocument } from "./own-document.ts";
import type { Question } from "./question.ts";

const banner = { feature: { id: 1, name: "banner" }, enabled: true };

/** Creates questions about what programs and their tests do with mocked responses and with flags. */
export function askTests(): Question[] {
  const ask = (name: string, run: (session: Session) => Promise<Answers>): Question => ({
    name,
    mode: "remote",
    document: createDocument(),
    ask: run,
  });
  const askResponse = (name: string, members: object): Question =>
    ask(`a response ${name}`, (session) => {
      const fetch = async () => Response.json([{ ...banner, ...members }]);
      return describeOutcome(() => session.create({ fetch }).getEnvironmentFlags(), describeBanner);
    });
  const askFlags = (name: string, describe: (flags: AnyFlags) => Answers): Question =>
    ask(name, (session) => describeOutcome(() => session.create().getEnvironmentFlags(), describe));
  return [
    askResponse("without a value", {}),
    askResponse("whose state is a number", { enabled: 1 }),
    askResponse("whose value is an object", { feature_state_value: {} }),
    ask("a response with a fixed identifier", (session) => {
      const fetch = async () => Response.json({ identifier: "mock", flags: [banner] });
      const client = session.create({ fetch, retries: 0 });
      return describeOutcome(() => client.getIdentityFlags("alice"), describeBanner);
    }),
    askFlags("own members of flags", (flags) => ({ hasFlags: "flags" in { ...flags } })),
    askFlags("a clone of flags", (flags) => ({ clone: typeof structuredClone(flags) })),
    askFlags("members of a flag", (flags) => ({
      members: Object.keys(flags.getFlag("banner")).sort(),
    })),
    ask("an argument of getEnvironmentFlags", (session) =>
      describeOutcome(() => session.create().getEnvironmentFlags("alice"), describeBanner),
    ),
    ask("a logger with one method", (session) =>
      describeOutcome(async () => session.create({ logger: { error: () => 0 } })),
    ),
  ];
}

function describeBanner(flags: AnyFlags): Answers {
  return { isOn: Boolean(flags.isFeatureEnabled("banner")) };
}
