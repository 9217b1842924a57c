import type { Identity, Workload } from "../workload/workload.ts";
import type { Client, Contender, FlagAnswer } from "./contender.ts";
import { buildTable, type Row, resolve, seenValue } from "./floor-table.ts";

/**
 * No client at all: a table of predicates in plain JavaScript, for exactly the operators of the workload, without
 * checks, promises, flag objects and reasons. What it takes is the least that the question itself costs.
 */
export const floor: Contender = {
  agreesOn: "every flag",
  configure: (workload) => JSON.stringify({ ...workload, identities: [] }),
  load: loadFloor,
};

async function loadFloor(configuration: string): Promise<Client> {
  let table = buildTable(JSON.parse(configuration) as Workload);
  let rows = Array.from(table.values());
  return {
    prepare: (identity) => identity,
    ask: (subject, { flag, kind }) => {
      const row = table.get(flag);
      if (row === undefined) return null;
      const state = resolve(row, subject as Identity);
      return kind === "toggle" ? state.enabled : seenValue(state, subject as Identity);
    },
    askAll: (subject) => {
      const answers: unknown[] = [];
      for (const row of rows) answers.push(answer(row, subject as Identity));
      return answers.length;
    },
    inspect: (subject) => new Map(rows.map((row) => [row.name, answer(row, subject as Identity)])),
    refresh: async (text) => {
      table = buildTable(JSON.parse(text) as Workload);
      rows = Array.from(table.values());
    },
    close: () => {},
  };
}

function answer(row: Row, identity: Identity): FlagAnswer {
  const state = resolve(row, identity);
  return { enabled: state.enabled, value: seenValue(state, identity) };
}
