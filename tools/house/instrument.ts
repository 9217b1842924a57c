import ts from "typescript";
import { functionName, isFunction, walk } from "./sources.ts";

/** Name of the global function that instrumented code calls at the head of each function. */
export const traceName = "traceEntry";

/** Inserts a trace call at the head of each function, method, accessor and constructor. */
export function instrument(path: string, text: string): string {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const insertions: { readonly at: number; readonly text: string }[] = [];
  walk(ast, (node) => {
    if (!isFunction(node)) return;
    const { body } = node;
    const call = `globalThis.${traceName}?.(${JSON.stringify(path)}, ${JSON.stringify(functionName(node))})`;
    if (ts.isBlock(body)) {
      insertions.push({ at: body.getStart(ast) + 1, text: `${call};` });
    } else {
      insertions.push(
        { at: body.getStart(ast), text: `(${call}, ` },
        { at: body.getEnd(), text: ")" },
      );
    }
  });
  // From the end, so that earlier positions stay valid.
  return insertions
    .sort((a, b) => b.at - a.at)
    .reduce((code, { at, text }) => code.slice(0, at) + text + code.slice(at), text);
}
