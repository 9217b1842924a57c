import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

/** The root of the repository. */
export const root: string = resolve(import.meta.dirname, "../..");

/** A parsed source file; `path` is relative to the root of the repository. */
export interface Source {
  readonly path: string;
  readonly ast: ts.SourceFile;
}

/** Folders of each part of the repository. Tests, fixtures and builds are left out. */
const parts = {
  core: ["packages/core/src"],
  "core without engine": ["packages/core/src"],
  engine: ["packages/core/src/engine"],
  "node + edge + deno": ["packages/node/src", "packages/edge/src", "packages/deno/src"],
  testing: ["packages/testing/src"],
  tools: ["tools"],
};

/** A part of the repository with its own row in the table of sizes. */
export type Part = keyof typeof parts;

const outside = /(^|\/)(node_modules|dist|test|fixtures)\/|\.(test|config)\.ts$/;
const engine = "packages/core/src/engine/";

/** Reads the sources of each part. */
export function readParts(): Map<Part, Source[]> {
  const all = new Map<string, Source>();
  const sources = new Map<Part, Source[]>();
  for (const [part, folders] of Object.entries(parts) as [Part, string[]][]) {
    const paths = folders
      .flatMap((folder) =>
        readdirSync(resolve(root, folder), { recursive: true, encoding: "utf8" }).map((path) =>
          join(folder, path),
        ),
      )
      .filter((path) => path.endsWith(".ts") && !outside.test(path))
      .filter((path) => part !== "core without engine" || !path.startsWith(engine))
      .sort();
    sources.set(
      part,
      paths.map((path) => {
        const source = all.get(path) ?? parse(path);
        all.set(path, source);
        return source;
      }),
    );
  }
  return sources;
}

function parse(path: string): Source {
  const text = readFileSync(resolve(root, path), "utf8");
  return { path, ast: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

/** Visits a node and everything inside it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** Whether a node is a function, method, accessor or constructor with a body. */
export function isFunction(
  node: ts.Node,
): node is ts.FunctionLikeDeclaration & { readonly body: ts.Block | ts.Expression } {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

/** The name of a function, or of what it is assigned to. */
export function functionName(node: ts.FunctionLikeDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const { parent } = node;
  const isAssigned = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent);
  const name = node.name ?? (isAssigned ? parent.name : undefined);
  return name?.getText() ?? "(anonymous)";
}

/** The place of a node as `path:line`, without the leading `packages/`. */
export function place(node: ts.Node): string {
  const ast = node.getSourceFile();
  const { line } = ast.getLineAndCharacterOfPosition(node.getStart());
  return `${ast.fileName.replace(/^packages\//, "")}:${line + 1}`;
}
