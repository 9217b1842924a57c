import { parseArgs } from "node:util";
import { entrants, OFFICIAL } from "./contenders/list.ts";
import type { Size } from "./workload/workload.ts";

export const SIZES: readonly Size[] = ["S", "M", "L"];
export const METRICS = ["one", "all", "refresh", "heap", "import", "remote"] as const;

export type Metric = (typeof METRICS)[number];

export interface Plan {
  readonly sizes: readonly Size[];
  readonly metrics: readonly Metric[];
  readonly contenders: readonly string[];
  /** Fewer and shorter rounds: to see that it works, not to quote. */
  readonly isQuick: boolean;
  /** Only holds the contenders' answers against each other. */
  readonly isCheck: boolean;
}

export const USAGE = `npm run bench -- [options]

Everything takes about four minutes on two cores, --quick about one.

  --size S,M,L          some of the workloads (default: all)
  --metric LIST         some of ${METRICS.join(", ")} (default: all)
  --contender LIST      some of ${entrants.map(({ name }) => name).join(", ")}
                        (default: all; ${OFFICIAL} always takes part)
  --quick               short rounds: to see that it works, not to quote
  --check               only check that the contenders agree, on S and M (about ten seconds)`;

/** An option that does not exist or has a wrong value. */
export class UsageError extends Error {}

/** @throws {@link UsageError} */
export function parsePlan(args: readonly string[]): Plan {
  const values = parseOptions(args);
  const names = entrants.map(({ name }) => name);
  const chosen = choose("--contender", values.contender, names);
  return {
    sizes: choose("--size", values.size, values.check ? ["S", "M"] : SIZES),
    metrics: choose("--metric", values.metric, METRICS),
    contenders: names.filter((name) => name === OFFICIAL || chosen.includes(name)),
    isQuick: values.quick,
    isCheck: values.check,
  };
}

function parseOptions(args: readonly string[]) {
  const config = {
    // `pnpm run bench -- --quick` hands the two dashes on.
    args: args.filter((arg) => arg !== "--"),
    options: {
      size: { type: "string", default: "" },
      metric: { type: "string", default: "" },
      contender: { type: "string", default: "" },
      quick: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
    },
  } as const;
  try {
    return parseArgs(config).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function choose<T extends string>(option: string, list: string, all: readonly T[]): readonly T[] {
  if (list === "") return all;
  const wanted = list.split(",");
  const unknown = wanted.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined) {
    throw new UsageError(`${option} ${unknown}: it must be some of ${all.join(", ")}.`);
  }
  return all.filter((name) => wanted.includes(name));
}
