/** A trait as it is edited. */
export interface TraitRow {
  readonly name: string;
  /** Numbers, `true` and `false` are recognized. Quotes make a text of them. */
  readonly text: string;
}

/** The value of a trait. */
export type TraitInput = string | number | boolean;

/** Reads the value that a text stands for. */
export function parseTraitValue(text: string): TraitInput {
  const trimmed = text.trim();
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  return /^"(.*)"$/s.exec(trimmed)?.[1] ?? text;
}

/** Collects the traits of rows that have a name. */
export function parseTraits(rows: readonly TraitRow[]): Readonly<Record<string, TraitInput>> {
  const named = rows.filter(({ name }) => name.trim() !== "");
  return Object.fromEntries(named.map(({ name, text }) => [name.trim(), parseTraitValue(text)]));
}

/** Names the type of a value as readers know it. */
export function describeType(value: TraitInput): "text" | "number" | "boolean" {
  return typeof value === "string" ? "text" : typeof value === "number" ? "number" : "boolean";
}

/** A member of a document, which may have any shape. */
type Unknown = Readonly<Record<string, unknown>>;

/** Lists the traits that the conditions of a document read, in alphabetical order. */
export function findTraitNames(document: unknown): readonly string[] {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    const { property_: property, conditions, rules } = value as Unknown;
    if (typeof property === "string" && property !== "" && !property.startsWith("$.")) {
      names.add(property);
    }
    visit(conditions);
    visit(rules);
  };
  const { segments } = ((document as Unknown | null)?.["project"] ?? {}) as Unknown;
  visit(Array.isArray(segments) ? segments.map((segment: Unknown) => segment?.["rules"]) : []);
  return [...names].sort();
}
