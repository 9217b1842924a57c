import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { commandRuntimes } from "runtimes";
import { baselineName, baselineVariable, listContenders, officialName } from "./contenders/list.ts";
import type { Plan } from "./sections/section.ts";
import { workloadNames } from "./workload/workload.ts";

const sectionNames = [
  "evaluation",
  "refresh",
  "pause",
  "heap",
  "import",
  "remote",
  "cold",
  "typed",
  "openfeature",
] as const;

export type SectionName = (typeof sectionNames)[number];

export const usage = `npm run bench -- [section...] [options]

Sections: ${sectionNames.join(", ")}. Default: all of them, which takes about four minutes.

  --workload LIST    some of ${workloadNames.join(", ")}, separated by commas
  --contender LIST   some of ${listNames().join(", ")}
                     (the official client and the baseline always take part)
  --node VERSION     run on another Node.js: ${listNodes().join(", ")}
  --baseline DIR     also measure the build of this SDK in another checkout
  --json FILE        also write the results to a file
  --quick            use short rounds, which show that everything works but are no results
  --check            only check that the contenders agree (default workloads: S, M)
  --help             print this text`;

/** An argument that does not exist or has a wrong value. */
export class UsageError extends Error {}

/** @throws {@link UsageError} */
export function parseCommandLine(args: readonly string[]) {
  const { values, positionals } = parseArguments(args);
  if (values.baseline !== undefined) process.env[baselineVariable] = resolve(values.baseline);
  const names = listNames();
  const chosen = choose("--contender", values.contender, names);
  const plan: Plan = {
    workloads: choose("--workload", values.workload, values.check ? ["S", "M"] : workloadNames),
    contenders: names.filter(
      (name) => name === officialName || name.startsWith(baselineName) || chosen.includes(name),
    ),
    isQuick: values.quick,
  };
  return {
    plan,
    sections: choose("section", positionals.join(","), sectionNames),
    isCheck: values.check,
    isHelp: values.help,
    jsonPath: values.json,
    node: values.node === "" ? undefined : choose("--node", values.node, listNodes())[0],
  };
}

function listNames(): readonly string[] {
  return listContenders().map(({ name }) => name);
}

/** Major versions of the packaged Node.js, and of the installed one. */
function listNodes(): readonly string[] {
  return commandRuntimes.flatMap(({ id }) => (id.startsWith("node") ? [id.slice(4)] : []));
}

function parseArguments(args: readonly string[]) {
  try {
    return parseArgs({
      // `pnpm run bench -- --quick` passes the two dashes on.
      args: args.filter((arg) => arg !== "--"),
      allowPositionals: true,
      options: {
        workload: { type: "string", default: "" },
        contender: { type: "string", default: "" },
        baseline: { type: "string" },
        json: { type: "string" },
        node: { type: "string", default: "" },
        quick: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Returns the listed names in their usual order. An empty list selects all. */
function choose<T extends string>(option: string, list: string, all: readonly T[]): readonly T[] {
  if (list === "") return all;
  const names = list.split(",");
  const unknown = names.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined) {
    throw new UsageError(`Unknown ${option} "${unknown}": expected some of ${all.join(", ")}.`);
  }
  return all.filter((name) => names.includes(name));
}
