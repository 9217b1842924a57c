import ts from "typescript";
import { functionName, isFunction, place, type Source, walk } from "./sources.ts";

const maxFunctionLines = 40;

/** A function and its length without its docstring. */
export interface LongFunction {
  readonly name: string;
  readonly place: string;
  readonly lines: number;
}

/** Measurements of one part. */
export interface Sizes {
  readonly files: number;
  readonly lines: number;
  readonly codeLines: number;
  /** Median, 90th percentile and maximum. */
  readonly linesPerFile: readonly [number, number, number];
  readonly functions: number;
  /** Functions of more than 40 lines, the longest first. */
  readonly longFunctions: readonly LongFunction[];
  readonly longestFunction: LongFunction | undefined;
  readonly anyPer1000: number;
  readonly castsPer1000: number;
  readonly exports: number;
  readonly documentedPercent: number;
  readonly commentsPer100: number;
  readonly namedTypes: number;
  readonly namedTypesPer1000: number;
}

/** Measures the sources of one part. */
export function measureSizes(sources: readonly Source[]): Sizes {
  const functions: LongFunction[] = [];
  const linesPerFile: number[] = [];
  let codeLines = 0;
  let commentLines = 0;
  let anys = 0;
  let casts = 0;
  let exports = 0;
  let documented = 0;
  let namedTypes = 0;
  for (const { ast } of sources) {
    const lines = countLines(ast);
    linesPerFile.push(lines.all);
    codeLines += lines.code;
    commentLines += lines.comment;
    walk(ast, (node) => {
      if (isFunction(node)) {
        const lines = lineSpan(node, ast);
        functions.push({ name: functionName(node), place: place(node), lines });
      }
      if (node.kind === ts.SyntaxKind.AnyKeyword) anys++;
      if (isCast(node)) casts++;
      if (isNamedType(node)) namedTypes++;
    });
    for (const statement of ast.statements) {
      if (!isExported(statement)) continue;
      exports++;
      if (ts.getJSDocCommentsAndTags(statement).length > 0) documented++;
    }
  }
  functions.sort((a, b) => b.lines - a.lines);
  linesPerFile.sort((a, b) => a - b);
  const quantile = (share: number) => linesPerFile[Math.ceil(linesPerFile.length * share) - 1] ?? 0;
  return {
    files: sources.length,
    lines: linesPerFile.reduce((sum, lines) => sum + lines, 0),
    codeLines,
    linesPerFile: [quantile(0.5), quantile(0.9), quantile(1)],
    functions: functions.length,
    longFunctions: functions.filter(({ lines }) => lines > maxFunctionLines),
    longestFunction: functions[0],
    anyPer1000: (anys / codeLines) * 1000,
    castsPer1000: (casts / codeLines) * 1000,
    exports,
    documentedPercent: (documented / exports) * 100,
    commentsPer100: (commentLines / codeLines) * 100,
    namedTypes,
    namedTypesPer1000: (namedTypes / codeLines) * 1000,
  };
}

/** The lines of a file; a line with code and a comment counts as code. */
export function countLines(ast: ts.SourceFile): { all: number; code: number; comment: number } {
  const code = new Set<number>();
  markCode(ast, ast, code);
  const lines = ast.text.trimEnd().split("\n");
  const comment = lines.filter((line, index) => line.trim() !== "" && !code.has(index)).length;
  return { all: lines.length, code: code.size, comment };
}

function markCode(node: ts.Node, ast: ts.SourceFile, code: Set<number>): void {
  if (ts.isJSDoc(node) || node.kind === ts.SyntaxKind.EndOfFileToken) return;
  const children = node.getChildren(ast);
  for (const child of children) markCode(child, ast, code);
  if (children.length > 0 || node.getWidth(ast) === 0) return;
  const first = ast.getLineAndCharacterOfPosition(node.getStart(ast)).line;
  const last = ast.getLineAndCharacterOfPosition(node.getEnd()).line;
  for (let line = first; line <= last; line++) code.add(line);
}

function lineSpan(node: ts.Node, ast: ts.SourceFile): number {
  const first = ast.getLineAndCharacterOfPosition(node.getStart(ast)).line;
  return ast.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
}

/** `as` (but not `as const`), `<T>` and `!`. */
function isCast(node: ts.Node): boolean {
  if (ts.isAsExpression(node)) return !ts.isConstTypeReference(node.type);
  return ts.isTypeAssertionExpression(node) || ts.isNonNullExpression(node);
}

/** Whether a node declares an interface, type alias, class or enum. */
export function isNamedType(node: ts.Node): node is ts.DeclarationStatement {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isEnumDeclaration(node)
  );
}

/** Whether a statement declares and exports something; re-exports declare nothing. */
export function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  );
}
