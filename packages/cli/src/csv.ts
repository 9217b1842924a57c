import { parse } from "csv-parse/sync";
import { CommandError } from "./exit-code.ts";
import { parseTraitValue, type Subject } from "./identity.ts";

/** Names of the column with the identifier. The first that exists is used. */
const identifierColumns: readonly string[] = ["identifier", "identity"];

/** An identity of a sample. */
export type SampleIdentity = Subject & { readonly identifier: string };

/**
 * Reads identities from CSV: a column `identifier`, and a column per trait. An empty cell is no trait.
 *
 * @throws CommandError for text that is not CSV, or without that column
 */
export function parseIdentities(text: string, source: string): readonly SampleIdentity[] {
  let rows: readonly Readonly<Record<string, string>>[];
  try {
    rows = parse(text, { columns: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new CommandError(`${source} is not CSV: ${(error as Error).message}`);
  }
  const column = identifierColumns.find((name) => rows[0] !== undefined && name in rows[0]);
  if (column === undefined) {
    throw new CommandError(`${source} needs a header with the column "identifier", and a row.`);
  }
  return rows.flatMap(({ [column]: identifier = "", ...cells }) => {
    if (identifier === "") return [];
    const traits = Object.entries(cells).filter(([, value]) => value !== "");
    return {
      identifier,
      traits: Object.fromEntries(traits.map(([name, value]) => [name, parseTraitValue(value)])),
    };
  });
}
