import { existsSync, readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import ts from "typescript";

/** The root of the repository. */
export const root: string = resolve(import.meta.dirname, "../..");

const excluded = ["node_modules", "dist", "test", "fixtures", "*.test.ts", "*.config.ts"];

/** Reads the sources of the packages and tools. File names start at the root of the repository. */
export function readSources(): ts.SourceFile[] {
  const excludes = excluded.map((name) => `**/${name}`);
  return ts.sys
    .readDirectory(root, [".ts"], excludes, ["packages/*/src", "tools"])
    .sort()
    .map((path) => parse(relative(root, path), readFileSync(path, "utf8")));
}

/** Parses a source file. */
export function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** The source of a built entry: `dist/x.js` comes from `src/x.ts` or `src/x/index.ts`. */
export function entrySource(built: string): string {
  const path = built.replace("/dist/", "/src/").replace(/(?:\.d\.ts|\.js)$/, "");
  return existsSync(`${path}.ts`) ? `${path}.ts` : `${path}/index.ts`;
}

/** Finds all nodes of a kind. */
export function findAll<T extends ts.Node>(
  sources: readonly ts.Node[],
  isWanted: (node: ts.Node) => node is T,
): T[] {
  const found: T[] = [];
  const visit = (node: ts.Node) => {
    if (isWanted(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  for (const source of sources) visit(source);
  return found;
}

/** Whether a node is a function, method, accessor or constructor with a body. */
export function isFunction(
  node: ts.Node,
): node is ts.FunctionLikeDeclaration & { readonly body: ts.ConciseBody } {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

/** Whether a node declares an interface, type alias, class or enum. */
export function isNamedType(node: ts.Node): node is ts.DeclarationStatement {
  const isObjectType = ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node);
  return isObjectType || ts.isTypeAliasDeclaration(node) || ts.isEnumDeclaration(node);
}

/** The name of a declaration; for an unnamed function the name of what it is assigned to. */
export function nameText(node: ts.NamedDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const { parent } = node;
  const isAssigned = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent);
  return (node.name ?? (isAssigned ? parent.name : undefined))?.getText() ?? "(anonymous)";
}

/** The place of a node as `path:line`, without the leading `packages/`. */
export function place(node: ts.Node): string {
  const { fileName } = node.getSourceFile();
  const path = relative(root, resolve(root, fileName)).replace(/^packages\//, "");
  return `${path}:${lineNumber(node, node.getStart())}`;
}

/** The line of a position in the file of a node. */
export function lineNumber(node: ts.Node, position: number): number {
  return node.getSourceFile().getLineAndCharacterOfPosition(position).line + 1;
}
