import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type IConfigFile,
} from "@microsoft/api-extractor";
import { createTwoFilesPatch } from "diff";
import { listEntryFiles } from "../../bundling/entry-files.ts";
import { listPublishedPackages, type PublishedPackage } from "./published-packages.ts";

/** Extension of a report. */
const extension = ".api.md";

/** A difference between the public API and its report. */
export interface ApiDifference {
  /** Path of the report, relative to `packages`. */
  readonly report: string;
  /** Unified diff from the report to the API. */
  readonly diff: string;
}

/** Compares the declarations of every entry, as they are built, with the reports in `packages/NAME/api`. */
export async function compareApiReports(
  packages: readonly PublishedPackage[] = listPublishedPackages(),
): Promise<ApiDifference[]> {
  const reports = await readReports(packages);
  const current = await createReports(packages);
  const paths = [...new Set([...current.keys(), ...reports.keys()])].sort();
  return paths.flatMap((path): ApiDifference[] => {
    const before = reports.get(path) ?? "";
    const after = current.get(path) ?? "";
    if (before === after) return [];
    const report = path.split(/[\\/]/).slice(-3).join("/");
    return [{ report, diff: createTwoFilesPatch("report", "API", before, after) }];
  });
}

/** Writes the reports of every entry, and removes those of entries that do not exist any more. */
export async function updateApiReports(
  packages: readonly PublishedPackage[] = listPublishedPackages(),
): Promise<void> {
  const current = await createReports(packages);
  for (const path of (await readReports(packages)).keys()) if (!current.has(path)) await rm(path);
  for (const [path, text] of current) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** Creates the reports of all entries. They share one run of the compiler. */
async function createReports(
  packages: readonly PublishedPackage[],
): Promise<ReadonlyMap<string, string>> {
  const output = await mkdtemp(join(tmpdir(), "api-reports-"));
  try {
    const entries = packages.flatMap(listEntries);
    const allTypes = entries.map(({ types }) => types);
    const configs = entries.map((entry) => ({
      entry,
      config: createConfig(entry, allTypes, output),
    }));
    const [first] = configs;
    if (first === undefined) throw new Error("no entry was found");
    const state = CompilerState.create(first.config, { additionalEntryPoints: allTypes });
    const reports = new Map<string, string>();
    for (const { entry, config } of configs) {
      extract(config, state);
      const text = await readFile(config.reportFilePath, "utf8");
      // Whether a name has a description is no part of the API.
      reports.set(
        entry.report,
        text.replaceAll(/^ *\/\/ \(undocumented\)\n| \(undocumented\)$/gm, ""),
      );
    }
    return reports;
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

/** @throws Error with the messages of the compiler */
function extract(config: ExtractorConfig, compilerState: CompilerState): void {
  const errors: string[] = [];
  Extractor.invoke(config, {
    localBuild: true,
    compilerState,
    messageCallback: (message) => {
      if (message.logLevel === ExtractorLogLevel.Error) errors.push(message.text);
      message.handled = true;
    },
  });
  if (errors.length > 0) throw new Error(`${config.mainEntryPointFilePath}\n${errors.join("\n")}`);
}

/** An entry of a package. */
interface Entry {
  readonly folder: string;
  /** Path of the declaration file. */
  readonly types: string;
  /** Path of the report. */
  readonly report: string;
}

function listEntries({ folder, manifest }: PublishedPackage): Entry[] {
  const all = listEntryFiles(manifest.exports).filter(({ format }) => format === "import");
  const byEntry = new Map(all.map(({ entry, types }) => [entry, types]));
  return Array.from(byEntry, ([entry, types]): Entry => {
    const name = entry === "." ? "index" : entry.slice(2).replaceAll("/", "-");
    const report = join(folder, "api", `${name}${extension}`);
    return { folder, types: join(folder, types), report };
  });
}

function createConfig(
  { folder, types, report }: Entry,
  files: readonly string[],
  output: string,
): ExtractorConfig {
  const compilerOptions = {
    module: "NodeNext",
    moduleResolution: "NodeNext",
    target: "ES2022",
    lib: ["ES2022", "ESNext.Disposable", "WebWorker"],
    types: [],
    strict: true,
    skipLibCheck: true,
  };
  const none = { logLevel: ExtractorLogLevel.None };
  const configObject: IConfigFile = {
    projectFolder: folder,
    mainEntryPointFilePath: types,
    newlineKind: "lf",
    compiler: { overrideTsconfig: { compilerOptions, files }, skipLibCheck: true },
    apiReport: {
      enabled: true,
      reportFileName: `${basename(folder)}.${basename(report, extension)}`,
      reportFolder: output,
      reportTempFolder: join(output, "temporary"),
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      extractorMessageReporting: { default: none },
      tsdocMessageReporting: { default: none },
    },
  };
  return ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
  });
}

async function readReports(
  packages: readonly PublishedPackage[],
): Promise<ReadonlyMap<string, string>> {
  const reports = new Map<string, string>();
  for (const { folder } of packages) {
    const names = await readdir(join(folder, "api")).catch(() => []);
    for (const name of names.filter((file) => file.endsWith(extension))) {
      const path = join(folder, "api", name);
      reports.set(path, await readFile(path, "utf8"));
    }
  }
  return reports;
}
