import ts from "typescript";
import { findAll, isFunction, nameText, parse } from "./sources.ts";

/** Name of the global function that instrumented code calls at the head of each function. */
export const traceName = "traceEntry";

/** Inserts a trace call at the head of each function, method, accessor and constructor. */
export function instrument(path: string, text: string): string {
  const insertions = findAll([parse(path, text)], isFunction).flatMap((node) => {
    const { body } = node;
    const call = `globalThis.${traceName}?.(${JSON.stringify(path)}, ${JSON.stringify(nameText(node))})`;
    if (ts.isBlock(body)) return [{ at: body.getStart() + 1, text: `${call};` }];
    return [
      { at: body.getStart(), text: `(${call}, ` },
      { at: body.getEnd(), text: ")" },
    ];
  });
  // From the end, so that earlier positions stay valid.
  return insertions
    .sort((a, b) => b.at - a.at)
    .reduce((code, { at, text }) => code.slice(0, at) + text + code.slice(at), text);
}
