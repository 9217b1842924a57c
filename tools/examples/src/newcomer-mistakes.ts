/** A mistake of a newcomer, as a module that runs on Node.js. */
export interface Mistake {
  readonly name: string;
  readonly code: string;
  /** Patterns that the output must match. */
  readonly expected: readonly RegExp[];
}

/** Creates a client with `options`, and reads a flag. */
const readFlag = (options: string, call = 'getIdentityFlags("alice")') => `
import { Flagsmith } from "flagsmith-isomorphic";
const { FLAGSMITH_ENVIRONMENT_KEY: KEY, FLAGSMITH_API_URL: URL, CLIENT_KEY } = process.env;
const flagsmith = new Flagsmith({ ${options} });
const flags = await flagsmith.${call};
console.log(flags.getFeatureValue("max_items"));
`;

const correct = "environmentKey: KEY, apiUrl: URL";
const local = `${correct}, enableLocalEvaluation: true`;

/** The ten most likely mistakes. */
export const mistakes: readonly Mistake[] = [
  {
    name: "no key",
    code: readFlag("environmentKey: process.env.FLAGSMITH_KEY, apiUrl: URL"),
    expected: [/environmentKey/],
  },
  {
    name: "an empty key",
    code: readFlag('environmentKey: "", apiUrl: URL'),
    expected: [/environmentKey/, /non-empty/],
  },
  {
    name: "a wrong key",
    code: readFlag('environmentKey: "ser.wrong", apiUrl: URL'),
    expected: [/environmentKey/],
  },
  {
    name: "a wrong URL",
    code: readFlag('environmentKey: KEY, apiUrl: URL.replace("/api/v1/", "/")'),
    expected: [/apiUrl/, /api\/v1/],
  },
  {
    name: "a client-side key with local evaluation",
    code: readFlag("environmentKey: CLIENT_KEY, apiUrl: URL, enableLocalEvaluation: true"),
    expected: [/ser\./],
  },
  {
    name: "the server is down",
    code: readFlag('environmentKey: KEY, apiUrl: "http://127.0.0.1:65533/api/v1/"'),
    expected: [/ECONNREFUSED|refused|unreachable/i],
  },
  {
    name: "a misspelt option",
    code: readFlag("environmentKey: KEY, apiURL: URL"),
    expected: [/apiURL/, /apiUrl/],
  },
  {
    name: "a misspelt feature",
    code: readFlag(local).replace('"max_items"', '"max_itmes"'),
    expected: [/max_itmes/],
  },
  {
    name: "a number as identifier",
    code: readFlag(local, "getIdentityFlags(42)"),
    expected: [/identifier is a number/, /String\(id\)/],
  },
  {
    name: "a fraction as identifier",
    code: readFlag(local, "getIdentityFlags(4.2)"),
    expected: [/identifier must be a string or a whole number/],
  },
  {
    name: "a missing await",
    code: readFlag(local).replace("await flagsmith", "flagsmith"),
    // The result is a promise. TypeScript reports it before.
    expected: [/flags\.getFeatureValue is not a function/],
  },
  {
    name: "a forgotten close()",
    code: readFlag(`${local}, enableAnalytics: true`),
    expected: [/^99$/m],
  },
];
