import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { isExported, isNamedType } from "./sizes.ts";
import { functionName, isFunction, place, root, type Source, walk } from "./sources.ts";

/** A top-level declaration of a file. */
export interface Declaration {
  readonly name: string;
  readonly path: string;
  readonly place: string;
  readonly isExported: boolean;
}

/** Lists the types, functions and constants declared at the top level of the files. */
export function listDeclarations(sources: readonly Source[]): Declaration[] {
  return sources.flatMap(({ path, ast }) =>
    ast.statements.flatMap((statement) =>
      declaredNames(statement).map((node) => ({
        name: node.text,
        path,
        place: place(node),
        isExported: isExported(statement),
      })),
    ),
  );
}

function declaredNames(statement: ts.Statement): ts.Identifier[] {
  if (isNamedType(statement) || ts.isFunctionDeclaration(statement)) {
    return statement.name && ts.isIdentifier(statement.name) ? [statement.name] : [];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations
    .map(({ name }) => name)
    .filter((name) => ts.isIdentifier(name));
}

/** Names that more than one file declares at its top level, each with its places. */
export function declaredTwice(sources: readonly Source[]): Map<string, Declaration[]> {
  const byName = Map.groupBy(listDeclarations(sources), ({ name }) => name);
  for (const [name, declarations] of byName) {
    if (new Set(declarations.map(({ path }) => path)).size < 2) byName.delete(name);
  }
  return byName;
}

/** Exports that no other file imports, without those that a package's entry files make public. */
export function unimportedExports(sources: readonly Source[]): Declaration[] {
  const imported = new Set(sources.flatMap(importedNames));
  const published = publicNames(sources);
  return listDeclarations(sources).filter(
    ({ name, path, isExported }) =>
      isExported && !imported.has(`${path}#${name}`) && !published.has(`${path}#${name}`),
  );
}

/** What a file imports from its own package, as `path#name`. */
function importedNames({ path, ast }: Source): string[] {
  return ast.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement)) return [];
    const target = targetOf(path, statement.moduleSpecifier);
    const bindings = statement.importClause?.namedBindings;
    if (target === undefined || bindings === undefined || !ts.isNamedImports(bindings)) return [];
    return bindings.elements.map(
      (element) => `${target}#${(element.propertyName ?? element.name).text}`,
    );
  });
}

/** What the entry files export, themselves or from other files, as `path#name` of the declaration. */
function publicNames(sources: readonly Source[]): Set<string> {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const published = new Set<string>();
  for (const entry of entryPaths()) publish(entry, undefined);
  return published;

  /** Publishes one name of a file, or all. */
  function publish(path: string, wanted: string | undefined): void {
    const source = byPath.get(path);
    if (source === undefined) return;
    for (const { name, isExported } of listDeclarations([source])) {
      if (isExported && (wanted ?? name) === name) published.add(`${path}#${name}`);
    }
    for (const statement of source.ast.statements) {
      if (!ts.isExportDeclaration(statement)) continue;
      const target = statement.moduleSpecifier && targetOf(path, statement.moduleSpecifier);
      const names = statement.exportClause;
      if (names === undefined && target !== undefined) publish(target, wanted);
      if (names === undefined || !ts.isNamedExports(names)) continue;
      for (const { name, propertyName } of names.elements) {
        if ((wanted ?? name.text) !== name.text) continue;
        const original = (propertyName ?? name).text;
        if (target === undefined) published.add(`${path}#${original}`);
        else publish(target, original);
      }
    }
  }
}

/** The source files behind the `exports` of the packages. */
function entryPaths(): string[] {
  return readdirSync(resolve(root, "packages")).flatMap((name) => {
    const path = join("packages", name, "package.json");
    const { exports } = JSON.parse(readFileSync(resolve(root, path), "utf8"));
    const targets: string[] = JSON.stringify(exports).match(/(?<=dist\/)[\w-]+(?=\.js)/g) ?? [];
    return targets.map((target) => join(dirname(path), "src", `${target}.ts`));
  });
}

function targetOf(path: string, specifier: ts.Expression): string | undefined {
  if (!ts.isStringLiteral(specifier) || !specifier.text.startsWith(".")) return undefined;
  return join(dirname(path), specifier.text);
}

/** Functions whose names end in `Of` or `By`. */
export function nounFunctions(sources: readonly Source[]): string[] {
  const found: string[] = [];
  for (const { ast } of sources) {
    walk(ast, (node) => {
      if (!isFunction(node)) return;
      const name = functionName(node);
      if (/[a-z](Of|By)$/.test(name)) found.push(`${name} ${place(node)}`);
    });
  }
  return found;
}

/** Types whose names end in `Context`. */
export function contextTypes(sources: readonly Source[]): string[] {
  const found: string[] = [];
  for (const { ast } of sources) {
    walk(ast, (node) => {
      if (isNamedType(node) && node.name?.text.endsWith("Context")) {
        found.push(`${node.name.text} ${place(node)}`);
      }
    });
  }
  return found;
}
