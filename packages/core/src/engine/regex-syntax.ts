import type { CharacterTest } from "./regex-characters.ts";

/** A place between characters that a pattern can ask for. */
export type Position =
  | "text start"
  | "line start"
  | "text end"
  | "line end"
  | "before last newline"
  | "word edge"
  | "no word edge"
  | "ascii word edge"
  | "no ascii word edge";

/** A parsed pattern. Groups leave no trace: nothing is captured. */
export type RegexNode =
  | { readonly kind: "character"; readonly test: CharacterTest }
  | { readonly kind: "position"; readonly position: Position }
  | { readonly kind: "sequence"; readonly items: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly options: readonly RegexNode[] }
  | {
      readonly kind: "repeat";
      readonly item: RegexNode;
      readonly min: number;
      /** Infinity where there is no limit. */
      readonly max: number;
    }
  | {
      readonly kind: "look";
      readonly item: RegexNode;
      readonly ahead: boolean;
      readonly negated: boolean;
    };

/** Why a pattern is not compiled; it never leaves the regex files. */
export class PatternError {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The fewest and the most characters a node can match. */
export function width(node: RegexNode): readonly [min: number, max: number] {
  switch (node.kind) {
    case "character":
      return [1, 1];
    case "position":
    case "look":
      return [0, 0];
    case "sequence":
      return node.items
        .map(width)
        .reduce(([min, max], [itemMin, itemMax]) => [min + itemMin, max + itemMax], [0, 0]);
    case "choice":
      return node.options
        .map(width)
        .reduce(([min, max], [least, most]) => [Math.min(min, least), Math.max(max, most)]);
    case "repeat": {
      const [min, max] = width(node.item);
      return [min * node.min, max === 0 || node.max === 0 ? 0 : max * node.max];
    }
  }
}
