import type { Output } from "./ports.ts";

/** Prints a value as JSON. */
export function printJson({ write }: Output, value: unknown): void {
  write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Creates a function that marks text with a colour, in terminals only. */
export function createPaint(
  { isTerminal }: Output,
  env: Readonly<Record<string, string | undefined>>,
): (text: string, colour: "green" | "red" | "yellow" | "dim") => string {
  const codes = { green: 32, red: 31, yellow: 33, dim: 2 };
  // https://no-color.org
  const isColourful = isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  return (text, colour) => (isColourful ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text);
}

/** A cell of a table with the text that is printed, if that has invisible parts. */
export type Cell = string | { readonly text: string; readonly painted: string };

/** Formats a table with aligned columns. No line ends with a space. */
export function formatTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) =>
    Math.max(...all.map((row) => measure(plain(row[column] ?? "")))),
  );
  return all
    .map((row) => {
      const cells = row.map((cell, column) => {
        const text = plain(cell);
        const padding = " ".repeat(Math.max(0, (widths[column] ?? 0) - measure(text)));
        return (typeof cell === "string" ? cell : cell.painted) + padding;
      });
      return `${cells.join("  ").trimEnd()}\n`;
    })
    .join("");
}

const maxValueLength = 60;

/** Formats the value of a flag for a table: on one line, without control characters. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return "-";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  // Texts that look like another type, and those with special characters, are quoted.
  const isPlain =
    typeof value !== "string" || !/^$|^\s|\s$|^[-\d]|^(true|false|null)$|^"|\p{Cc}/u.test(text);
  return isPlain ? shorten(escapeControls(text)) : quoteValue(text);
}

/** Formats a value as JSON, so that a text is in quotes. Without control characters. A long one is cut. */
export function quoteValue(value: unknown): string {
  return shorten(escapeControls(JSON.stringify(value)));
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length <= maxValueLength
    ? text
    : `${characters.slice(0, maxValueLength - 1).join("")}…`;
}

/** In characters, in front of the difference of two texts. */
const differenceContext = 10;

/** Replaces the common start of two different texts of which one is cut when it is printed. Keeps other values. */
export function cutCommonStart(one: unknown, other: unknown): readonly [unknown, unknown] {
  if (typeof one !== "string" || typeof other !== "string") return [one, other];
  const isLong = [one, other].some((text) => JSON.stringify(text).length > maxValueLength);
  const [first, second] = [[...one], [...other]];
  const difference = first.findIndex((character, index) => character !== second[index]);
  const start = (difference < 0 ? first.length : difference) - differenceContext;
  if (!isLong || one === other || start <= 0) return [one, other];
  return [`…${first.slice(start).join("")}`, `…${second.slice(start).join("")}`];
}

/** Prints a warning on one line. */
export function printWarning(output: Output, message: string): void {
  output.write(`warning: ${escapeControls(message)}\n`);
}

/**
 * Escapes what has an effect in a text from outside: control characters in a terminal, and commands at the start of a line
 * in the log of GitHub Actions (`::error::`).
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]|(?<=^\s*):(?=:)/gu,
    escapeCharacter,
  );
}

/**
 * Escapes commands anywhere in the log of GitHub Actions (`##[error]`), Azure Pipelines (`##vso[…]`) and TeamCity
 * (`##teamcity[…]`), and what JSON does not escape: control characters of terminals, and those that show a text in another
 * order. In JSON and in JavaScript, which have them only in texts, the value stays the same.
 */
export function escapeEffects(text: string): string {
  return text.replace(
    /#(?=#\w*\[)|[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    escapeCharacter,
  );
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Formats a number with its noun. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? noun : plural}`;
}

function plain(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

/** The width in a terminal. East Asian characters and emoji take two columns. */
function measure(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(
        segment,
      )
        ? 2
        : 1;
  }
  return width;
}
