import { casesComputedByHand, formatComparable, listAllowedResults, type Rules } from "corpora";
import { hasCorpora, readJson } from "corpora/read";
import { type Answers, format } from "./answers.ts";
import type { DifferenceId } from "./differences.ts";
import type { Question } from "./question.ts";

/** A difference between the answers of both clients in one aspect. */
export interface Difference {
  readonly question: Question;
  readonly aspect: string;
  readonly official: unknown;
  readonly ours: unknown;
  /** The whole answers. */
  readonly all: { readonly official: Answers; readonly ours: Answers };
}

/** Which recorded result counts if the official engines disagree. */
const judgments: Rules = hasCorpora ? readJson<Rules>("engine", "contested.json") : {};

/** The difference that recorded answers prove. */
export const judgedId: DifferenceId = "server-answers";

/** Recognizes each documented difference. The first one that applies counts. */
const rules: readonly (readonly [DifferenceId, (difference: Difference) => boolean])[] = [
  [judgedId, isServerAnswer],
  ["null-value", isNullValue],
  [
    "object-names",
    ({ question, aspect, official, ours }) =>
      question.name.includes("constructor") ||
      aspect === "flag __proto__" ||
      (aspect === "order" && format(official) === format(withoutProto(ours))),
  ],
  ["default-objects", isAbout(/: unknown with an object as its value$/)],
  ["default-shapes", isAbout(/: unknown with a number as its state$/)],
  ["default-in-local-environment", isAbout(/^local environment flags: unknown with/)],
  ["retried-statuses", isAbout(/: (429|5\d\d) (once|always), 1 retries/, "requests")],
  ["retried-statuses", isAbout(/: (429|5\d\d) once, 1 retries/)],
  [
    "error-kind",
    ({ aspect, all }) =>
      (aspect === "thrown" &&
        all.official[aspect] !== undefined &&
        all.ours[aspect] !== undefined) ||
      (["error", "cause"].includes(aspect) && hasRejected(all.official) && hasRejected(all.ours)),
  ],
  ["log-levels", ({ aspect }) => aspect === "logs"],
  [
    "default-is-copied",
    ({ aspect, official, ours }) =>
      aspect === "flag" && format({ ...Object(official), isDefault: true }) === format(ours),
  ],
  ["identifiers", isAbout(/^(remote|local) identifier [3459]:/)],
  ["identifiers", isAbout(/^remote identifier 4: 42/, "sent")],
  ["dropped-traits", isAbout(/^remote trait (6|7|9|10|14):/)],
  ["array-traits", isAbout(/ traits that are an array$/)],
  ["null-options", isAbout(/^options: (null|a number as text|an empty apiUrl)$/)],
  ["unknown-options", isAbout(/^options: an unknown option$/)],
  ["negative-interval", isAbout(/^options: a negative interval$/)],
  ["reserved-headers", isAbout(/^options: a custom header of the SDK$/)],
  ["option-limits", isAbout(/^options: (a timeout of 0|a key with a line break|25 retries)$/)],
  ["closed-remote", isAbout(/^close, and a remote call after it$/)],
  ["headers-instance", isAbout(/^options: custom headers of another type$/)],
  ["offline-handler", isAbout(/^options: an offline handler and default flags$/)],
  ["update-rejects", isAbout(/^updateEnvironment that fails$/)],
  ["listener-arguments", isAbout(/^updateEnvironment with the arguments of an event$/)],
  ["first-load", isAbout(/^a call after a failed first load$/)],
  ["kept-traits", isAbout(/^traits of an earlier call$/)],
  ["change-callback", isAbout(/^onEnvironmentChange$/)],
  ["failed-change", isAbout(/^onEnvironmentChange after a failed load$/)],
  ["cache", isAbout(/^a cache in (remote|local) mode$/, "keys")],
  ["redirects", isAbout(/^a redirect to another origin$/)],
  ["segments-offline", isAbout(/^getIdentitySegments in offline mode$/)],
  ["replaced-methods", isAbout(/^a client whose getEnvironment is replaced$/)],
  ["client-members", isAbout(/^members of a client$/)],
  ["fetch-double", isAbout(/^a fetch of a test that returns an object/)],
  ["segments-remote", isAbout(/^getIdentitySegments in remote mode$/)],
  ["response-shapes", isAbout(/^a response whose (state is a number|value is an object)$/)],
  ["other-identity", isAbout(/^a response with a fixed identifier$/)],
  ["own-members", isAbout(/^own members of flags$/)],
  ["clones", isAbout(/^a clone of flags$/)],
  ["flag-members", isAbout(/^members of a flag$/)],
  ["transient", isAbout(/^an argument of getEnvironmentFlags$/)],
  ["loggers", isAbout(/^a logger with one method$/)],
];

/** Returns the documented difference, or `undefined`. */
export function findRule(difference: Difference): DifferenceId | undefined {
  return rules.find(([, applies]) => applies(difference))?.[0];
}

/** The differences that questions must find, so that the list contains no old ones. */
export const askedIds: ReadonlySet<DifferenceId> = new Set(rules.map(([id]) => id));

function isAbout(name: RegExp, aspect?: string): (difference: Difference) => boolean {
  return (difference) =>
    name.test(difference.question.name) && (aspect ?? difference.aspect) === difference.aspect;
}

function isNullValue({ question, aspect, official, ours }: Difference): boolean {
  if (question.mode !== "remote" || !aspect.startsWith("flag ")) return false;
  const { value = null, ...rest } = Object(official) as Record<string, unknown>;
  return value === null && format({ ...rest, value }) === format(ours);
}

function hasRejected(answers: Answers): boolean {
  return answers["outcome"] === "rejects";
}

function withoutProto(names: unknown): unknown {
  return Array.isArray(names) ? names.filter((name) => name !== "__proto__") : names;
}

/** Whether our answer is the recorded one of the official Python client, which has the engine of the server. */
function isServerAnswer({ question, all }: Difference): boolean {
  const { judge, mode } = question;
  if (judge === undefined || mode !== "local") return false;
  // Tests of the engine have the right results of these cases.
  if (casesComputedByHand.includes(judge.id)) return true;
  const allowed = listAllowedResults(judge, judgments);
  if (allowed === undefined) return true;
  const own = readResult(all.ours);
  return allowed.some((one) => {
    const recorded = own.segments === undefined ? { ...one, segments: [] } : { ...one, flags: {} };
    const comparable = { flags: own.flags, segments: own.segments ?? [] };
    const options = { hasVariants: false };
    return formatComparable(comparable, options) === formatComparable(recorded, options);
  });
}

/** Reads flags or segments from an answer. */
function readResult(answers: Answers) {
  const flags = Object.entries(answers).flatMap(([aspect, flag]) =>
    aspect.startsWith("flag ") ? [[aspect.slice(5), flag] as const] : [],
  );
  const segments = answers["segments"] as readonly string[] | undefined;
  return {
    flags: Object.fromEntries(flags) as Parameters<typeof formatComparable>[0]["flags"],
    segments: segments?.map((name) => ({ name })),
  };
}
