import { describeFlag, describeOutcome } from "./answers.ts";
import { createDocument } from "./own-document.ts";
import { createOptions, modes, type Question } from "./question.ts";

const faults = [
  { kind: "status", status: 400 },
  { kind: "status", status: 401 },
  { kind: "status", status: 403 },
  { kind: "status", status: 404 },
  { kind: "status", status: 429 },
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "reset" },
  { kind: "hang" },
] as const;

/** Creates questions during outages. */
export function askFailures(): Question[] {
  return modes.flatMap((mode) =>
    faults.flatMap((fault) =>
      [true, false].flatMap((hasHandler) =>
        [1, Number.POSITIVE_INFINITY].flatMap((count) =>
          [0, 1].map((retries): Question => {
            const kind = fault.kind === "status" ? String(fault.status) : fault.kind;
            const times = count === 1 ? "once" : "always";
            return {
              name: `${mode}: ${kind} ${times}, ${retries} retries, ${hasHandler ? "with" : "without"} default flags`,
              mode,
              document: createDocument(),
              ask: async (session) => {
                session.api.failNext(count, fault);
                const client = session.create({
                  ...createOptions(mode),
                  retries,
                  requestTimeoutSeconds: 0.5,
                  ...(hasHandler && { defaultFlagHandler: () => ({ enabled: true, value: "d" }) }),
                });
                const outcome = await describeOutcome(
                  () => client.getIdentityFlags("alice"),
                  (flags) => describeFlag(flags, "banner"),
                );
                return { ...outcome, requests: session.api.requests.length, logs: session.levels };
              },
            };
          }),
        ),
      ),
    ),
  );
}
