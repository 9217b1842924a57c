import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findPnpm } from "../../contract/src/host/node-scripts.ts";
import { listPublishedPackages, root } from "./published-packages.ts";
import { findSoftware, flatten } from "./software.ts";

/** Licences that published code and its dependencies may have: none asks users for more than the text. */
const publishedLicenses: readonly string[] = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
];

/** Further licences that tools of this repository may have. Nothing of them is published. */
const toolLicenses: readonly string[] = [
  ...publishedLicenses,
  "CC-BY-4.0",
  "CC0-1.0",
  "EPL-2.0",
  "LGPL-3.0-or-later",
  "MPL-2.0",
  "Python-2.0",
  "Unlicense",
];

/** Packages whose package.json names no licence, with the licence in their LICENSE file. */
const unnamedLicenses: Readonly<Record<string, string>> = {
  "@openfeature/ofrep-core@0.1.4": "Apache-2.0",
  "@openfeature/ofrep-provider@0.1.3": "Apache-2.0",
};

/** A package with its licence. */
interface LicensedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** Result of checking one package. */
interface LicenseResult {
  readonly name: string;
  readonly failure?: string;
}

/** Checks that all software has a licence that its use allows. */
export async function checkLicenses(): Promise<LicenseResult[]> {
  const published = listPublishedSoftware();
  const tools = await listTools();
  if (published.length === 0 || tools.length === 0) throw new Error("no software was found");
  return [
    check("published code and its dependencies", published, publishedLicenses),
    check("tools", tools, toolLicenses),
  ];
}

/** Creates the list of licences, in Markdown. */
export async function createLicenseList(): Promise<string> {
  const rows = (packages: readonly LicensedPackage[]) => [
    "| package | version | licence |",
    "| --- | --- | --- |",
    ...packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`),
  ];
  const lines = [
    "# Licences",
    "",
    "## In the packages, or installed with them",
    "",
    ...rows(listPublishedSoftware()),
    "",
    "## Tools that build and test them",
    "",
    ...rows(await listTools()),
  ];
  return `${lines.join("\n")}\n`;
}

/** Whether an SPDX expression with `OR` has an allowed choice. */
export function isAllowed(license: string, allowed: readonly string[]): boolean {
  const choices = license.replaceAll(/[()]/g, "").split(/ OR /);
  return choices.some((choice) => choice.split(/ AND /).every((part) => allowed.includes(part)));
}

function check(
  title: string,
  packages: readonly LicensedPackage[],
  allowed: readonly string[],
): LicenseResult {
  const name = `${title} have allowed licences`;
  const others = packages.filter(({ license }) => !isAllowed(license, allowed));
  const failure = others.map((one) => `${one.name} ${one.version}: ${one.license}`).join("\n");
  return failure === "" ? { name } : { name, failure };
}

/** Lists the published packages, their dependencies and the third-party code in their builds. */
function listPublishedSoftware(): LicensedPackage[] {
  const packages = listPublishedPackages();
  const software = flatten(packages.flatMap(findSoftware)).map(({ manifest }) => manifest);
  const all = [...packages.map(({ manifest }) => manifest), ...software];
  const found = new Map(all.map((manifest) => [`${manifest.name}@${manifest.version}`, manifest]));
  return sort(
    [...found.values()].map(({ name, version, license }) => ({ name, version, license })),
  );
}

/** Lists everything that the workspace installs. */
async function listTools(): Promise<LicensedPackage[]> {
  const [program, ...first] = findPnpm();
  const args = [...first, "--recursive", "licenses", "list", "--json"];
  const { stdout } = await promisify(execFile)(program, args, { cwd: root, maxBuffer: 64e6 });
  const byLicense: Record<string, { name: string; versions: string[]; license: string }[]> =
    JSON.parse(stdout);
  return sort(
    Object.values(byLicense).flatMap((packages) =>
      packages.flatMap(({ name, versions, license }) =>
        versions.map((version) => {
          return { name, version, license: unnamedLicenses[`${name}@${version}`] ?? license };
        }),
      ),
    ),
  );
}

function sort(packages: LicensedPackage[]): LicensedPackage[] {
  const key = ({ name, version }: LicensedPackage) => `${name} ${version}`;
  return packages.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
