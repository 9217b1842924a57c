import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import { entrySource, findAll, isNamedType, place, root } from "./sources.ts";

/** Names of types, functions and constants that several files declare at their top level, with places. */
export function findNamesDeclaredTwice(sources: readonly ts.SourceFile[]): string[] {
  const byName = Map.groupBy(sources.flatMap(declaredNames), ({ text }) => text);
  return [...byName]
    .filter(([, nodes]) => new Set(nodes.map((node) => node.getSourceFile())).size > 1)
    .map(([name, nodes]) => `${name} ${nodes.map(place).join(", ")}`);
}

function declaredNames({ statements }: ts.SourceFile): ts.Identifier[] {
  const names = statements.flatMap((statement): (ts.Node | undefined)[] => {
    if (isNamedType(statement) || ts.isFunctionDeclaration(statement)) return [statement.name];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.map(({ name }) => name);
  });
  return names.filter((name) => name !== undefined).filter(ts.isIdentifier);
}

/** Exports of packages that no other source file imports and no entry of the package exports. */
export function findUnimportedExports(sources: readonly ts.SourceFile[]): string[] {
  const entries = packageEntries();
  const paths = sources.map(({ fileName }) => resolve(root, fileName));
  const program = ts.createProgram({
    rootNames: [...entries, ...paths],
    options: { allowImportingTsExtensions: true, module: ts.ModuleKind.NodeNext, noLib: true },
  });
  const checker = program.getTypeChecker();
  const original = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exportsOf = (file: ts.SourceFile) => {
    const module = checker.getSymbolAtLocation(file);
    return module ? checker.getExportsOfModule(module) : [];
  };
  const filesAt = (paths: readonly string[]) =>
    paths.map((path) => program.getSourceFile(path)).filter((file) => file !== undefined);
  const files = filesAt(paths);
  const used = new Set(filesAt(entries).flatMap(exportsOf).map(original));
  for (const { name } of findAll(files, ts.isImportSpecifier)) {
    const symbol = checker.getSymbolAtLocation(name);
    if (symbol) used.add(original(symbol));
  }
  return files
    .flatMap(exportsOf)
    .filter((symbol) => !used.has(original(symbol)))
    .map(({ name, declarations }) => `${name} ${declarations?.map(place).join(", ")}`);
}

/** Lists the source files behind the `exports` of the packages. */
function packageEntries(): string[] {
  return readdirSync(resolve(root, "packages")).flatMap((name) => {
    const folder = resolve(root, "packages", name);
    const { exports } = JSON.parse(readFileSync(resolve(folder, "package.json"), "utf8"));
    const built = JSON.stringify(exports).match(/\/dist\/[\w/-]+\.(?:d\.ts|js)/g) ?? [];
    return built.map((path) => entrySource(folder + path));
  });
}
