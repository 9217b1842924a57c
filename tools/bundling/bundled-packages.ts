import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "esbuild";

/** Packages whose code is part of core's build. Their licences are published with it. */
export const bundledPackages: readonly string[] = ["ofetch", "valibot"];

/** File in the build of a package with the licences of the packages in it. */
export const licensesFile = "third-party-licenses.txt";

/**
 * Parts of ofetch whose results core does not use, with their replacements:
 *
 * - the merge of the options, of which the wrapped fetch reads nothing but `init`
 * - the hooks, the query, the conversion of the body and the timeout, which no request has
 * - the retries, which are off, and the error of a failed fetch, of which core reads nothing but the `cause`
 * - the body of the response, which core reads itself, and the check of its status, which is off
 * - the members of an instance besides `native` and `raw`
 */
const unusedOfetchParts: readonly (readonly [RegExp, string])[] = [
  [/class FetchError [\s\S]*?\n\}/, "class FetchError {}"],
  [/const payloadMethods = [\s\S]*?;/, ""],
  [/,\s+Headers = globalThis\.Headers,\s+AbortController = globalThis\.AbortController/, ""],
  [/async function onError\(context\) \{[\s\S]*?(?=const \$fetchRaw)/, ""],
  [/options: resolveFetchOptions\([\s\S]*?\),(?=\s+response:)/, "options: _options,"],
  [/if \(context\.options\.method\) [\s\S]*?try \{/, ""],
  [/\} catch \(error\) \{[\s\S]*?(?=return context\.response;)/, ""],
  [/const \$fetch = async[\s\S]*return \$fetch;/, "return { native: fetch, raw: $fetchRaw };"],
];

/**
 * Parts of valibot whose results core does not use, with their replacements:
 *
 * - messages besides those in core's schemas, and the configuration: core stops at the first issue of an object
 * - members of an issue besides `input`, `message` and the keys of its `path`
 * - descriptions of schemas, and the interface of Standard Schema
 * - whether a value is typed in spite of issues
 * - schemas of members besides `optional` that may be missing, computed defaults, and values that replace invalid members
 */
const unusedValibotParts: typeof unusedOfetchParts = [
  [
    /const input = other && [\s\S]*?(?=const message\$1 =)/,
    'const issue = { input: dataset.value, message: "" };',
  ],
  [/other\?\.message \?\? (context\.message) \?\? .*(?=;)/, "context.message"],
  [/if \(isSchema\) dataset\.typed = false;/, ""],
  [
    /(_addIssue\(this, "key", dataset, config\$1), \{[\s\S]*?\}(?=\);)/g,
    '_addIssue(this, "key", dataset, config$1',
  ],
  [/\btype: "object",\s+origin: "value",\s+input,\s+key,\s+value: .*/g, "key"],
  [/\/\* @__PURE__ \*\/ getGlobalConfig\(config\$1\)/g, "config$1"],
  [/if \(config\$1\.abortEarly\)/g, "if (true)"],
  [/\b(?:kind: "schema"|reference: \w+|expects: .*|async: false),\n/g, ""],
  [/schema\["~standard"\] = \{[\s\S]*?\};/, ""],
  [/if \(!valueDataset\.typed\) dataset\.typed = false;/g, ""],
  [/dataset\.typed = (?:true|false);/g, ";"],
  [/typed: dataset\.typed,\s+success: !dataset\.issues,/g, ""],
  [/ \|\| valueSchema\.type === "nullish"|valueSchema\.type === "exact_optional" \|\| /g, ""],
  [/ && valueSchema\.type !== "nullish"|valueSchema\.type !== "exact_optional" && /g, ""],
  [/typeof schema\.default === "function" \? .* : /, ""],
  [/else if \(valueSchema\.fallback !== void 0\) .*;\s+(?=else)/g, ""],
];

async function readUsedParts(path: string, parts: typeof unusedOfetchParts): Promise<string> {
  return parts.reduce(
    (text, [pattern, replacement]) => {
      if (!pattern.test(text)) throw new Error(`${path} does not contain ${pattern}`);
      return text.replace(pattern, () => replacement);
    },
    await readFile(path, "utf8"),
  );
}

/** Removes the parts of valibot that core does not use. */
const valibotParts: Plugin = {
  name: "valibot-parts",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]valibot[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
      return { contents: await readUsedParts(path, unusedValibotParts) };
    });
  },
};

/**
 * Reduces ofetch to its factory. Its entries also create an instance, which loads the fetch of Node.js at import.
 * Fails the build if a version of ofetch is divided into files in another way.
 */
const ofetchFactory: Plugin = {
  name: "ofetch-factory",
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]ofetch[\\/]dist[\\/](?:index|node)\.mjs$/ }, async ({ path }) => {
      const entry = await readFile(path, "utf8");
      const factory = /import \{ (\w+) as createFetch \} from (["'].+?["']);/.exec(entry);
      const error = /export \{.*?\b(\w+) as FetchError\b.*?\} from (["'].+?["']);/.exec(entry);
      if (factory?.[2] === undefined || factory[2] !== error?.[2]) {
        throw new Error(`${path} does not import createFetch and FetchError from one file`);
      }
      const names = `${factory[1]} as createFetch, ${error[1]} as FetchError`;
      return { contents: `export { ${names} } from ${factory[2]};` };
    });
    onLoad({ filter: /[\\/]ofetch[\\/]dist[\\/]shared[\\/].+\.mjs$/ }, async ({ path }) => {
      return { contents: await readUsedParts(path, unusedOfetchParts) };
    });
  },
};

/** Reduces the bundled packages to the parts that core uses. */
export const bundledParts: Plugin[] = [ofetchFactory, valibotParts];

/** Writes the licences of the bundled packages into the build of the package in the working directory. */
export async function writeLicenses(): Promise<void> {
  const texts = bundledPackages.map(async (name) => {
    const folder = join("node_modules", name);
    const files = await readdir(folder);
    const file = files.find((candidate) => /^licen[cs]e/i.test(candidate));
    if (file === undefined) throw new Error(`${name} has no licence`);
    const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const text = await readFile(join(folder, file), "utf8");
    return `${name} ${version}\n\n${text.trim()}\n`;
  });
  const divider = `\n${"-".repeat(80)}\n\n`;
  await writeFile(join("dist", licensesFile), (await Promise.all(texts)).join(divider));
}
