import ts from "typescript";
import { findAll, isFunction, isNamedType, lineNumber, nameText, place } from "./sources.ts";

/** Measures the sources of one part. Rates are per 1,000 lines of code. */
export function measureSizes(sources: readonly ts.SourceFile[]) {
  const lines = sources.map(countLines);
  const linesPerFile = lines.map(({ all }) => all).sort((a, b) => a - b);
  const quantile = (share: number) => linesPerFile[Math.ceil(linesPerFile.length * share) - 1];
  const codeLines = sum(lines.map(({ code }) => code));
  const rate = (count: number) => (count / codeLines) * 1000;
  const functions = findAll(sources, isFunction)
    .map((node) => ({ name: nameText(node), place: place(node), lines: lineCount(node) }))
    .sort((a, b) => b.lines - a.lines);
  const exports = sources.flatMap(({ statements }) => statements.filter(isExported));
  const namedTypes = findAll(sources, isNamedType).length;
  return {
    files: sources.length,
    lines: sum(linesPerFile),
    codeLines,
    linesPerFile: [quantile(0.5), quantile(0.9), quantile(1)],
    functions,
    anyRate: rate(findAll(sources, isAny).length),
    castRate: rate(findAll(sources, isCast).length),
    exports: exports.length,
    documentedExports: exports.filter((node) => ts.getJSDocCommentsAndTags(node).length > 0).length,
    commentLines: sum(lines.map(({ comment }) => comment)),
    namedTypes,
    namedTypeRate: rate(namedTypes),
  };
}

/** Counts the lines of a file; a line with code and a comment counts as code. */
export function countLines(file: ts.SourceFile) {
  const code = new Set<number>();
  markCode(file, code);
  const lines = file.text.trimEnd().split("\n");
  const comment = lines.filter((line, index) => line.trim() !== "" && !code.has(index + 1)).length;
  return { all: lines.length, code: code.size, comment };
}

function markCode(node: ts.Node, code: Set<number>): void {
  if (ts.isJSDoc(node) || node.getWidth() === 0) return;
  const children = node.getChildren();
  for (const child of children) markCode(child, code);
  if (children.length > 0) return;
  const firstLine = lineNumber(node, node.getStart());
  for (let index = 0; index < lineCount(node); index++) code.add(firstLine + index);
}

function lineCount(node: ts.Node): number {
  return lineNumber(node, node.getEnd()) - lineNumber(node, node.getStart()) + 1;
}

/** Adds numbers. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function isAny(node: ts.Node): node is ts.KeywordTypeNode {
  return node.kind === ts.SyntaxKind.AnyKeyword;
}

/** Whether a node is `as` (without `as const`), `<T>` or `!`. */
function isCast(node: ts.Node): node is ts.AsExpression | ts.TypeAssertion | ts.NonNullExpression {
  if (ts.isAsExpression(node)) return !ts.isConstTypeReference(node.type);
  return ts.isTypeAssertionExpression(node) || ts.isNonNullExpression(node);
}

/** Whether a statement declares and exports something. A re-export declares nothing. */
function isExported(node: ts.Statement): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}
