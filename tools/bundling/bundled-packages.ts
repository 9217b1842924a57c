import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "esbuild";

/** Packages whose code is part of core's build. Their licences are published with it. */
export const bundledPackages: readonly string[] = ["ofetch", "valibot"];

/** File in the build of a package with the licences of the packages in it. */
export const licensesFile = "third-party-licenses.txt";

/**
 * Options of ofetch that have one value in every request of the SDK, with the result of testing them. The results
 * replace the tests in ofetch's factory, so that minifiers remove the other branches. Core passes no options but
 * `method`, `headers`, `signal`, `keepalive`, a `body` of text with a content type, and the defaults in `http/fetch.ts`.
 */
const fixedOptions: Readonly<Record<string, string>> = {
  baseURL: "undefined",
  body: "undefined",
  ignoreResponseError: "true",
  onRequest: "undefined",
  onRequestError: "undefined",
  onResponse: "undefined",
  onResponseError: "undefined",
  params: "undefined",
  parseResponse: "undefined",
  query: "undefined",
  responseType: '"stream"',
  retry: "false",
  signal: "true",
  timeout: "undefined",
};

/** A place where ofetch reads one of its options. */
const ofetchOption = /(?<!delete )\b(?:context\.options\.|(?:input|defaults)\?\.)(\w+)(?! =)\b/g;

/**
 * Parts of ofetch whose results core does not use, with their replacements:
 *
 * - the error of a failed fetch, of which core reads nothing but the `cause`
 * - the body, which core reads itself
 * - the members of an instance besides `native` and `raw`
 */
const unusedOfetchParts: readonly (readonly [RegExp, string])[] = [
  [/const error = createFetchError\(context\);[\s\S]*?throw error;/, "throw context.error;"],
  [/const hasBody = [\s\S]*?(?=if \(context\.options\.onResponse\))/, ""],
  [/const \$fetch = async[\s\S]*return \$fetch;/, "return { native: fetch, raw: $fetchRaw };"],
];

/**
 * Parts of valibot whose results core does not use, with their replacements:
 *
 * - messages besides those in core's schemas, in the language of a configuration
 * - the global configuration
 * - the interface of Standard Schema
 * - values that replace invalid members
 */
const unusedValibotParts: typeof unusedOfetchParts = [
  [/const expected = other\?[\s\S]*?(?=const issue = \{)/, ""],
  [/expected,\s+received,\s+message: `.*`,\s+requirement: .*,/, 'message: "",'],
  [/ \?\? \/\* @__PURE__ \*\/ getSpecificMessage\(.*(?=;)/, ""],
  [/if \(!config\$1 && !store\$4\)[\s\S]*?\};/, "return config$1 ?? DEFAULT_CONFIG;"],
  [/schema\["~standard"\] = \{[\s\S]*?\};/, ""],
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
  setup: ({ onLoad, onResolve }) => {
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
      const code = await readUsedParts(path, unusedOfetchParts);
      const contents = code.replace(ofetchOption, (given, name: string) => {
        return fixedOptions[name] ?? given;
      });
      return { contents };
    });
    // Their callers are never reached: every request has a complete URL, and its response is read as a stream.
    onResolve({ filter: /^(?:destr|ufo)$/ }, ({ path }) => ({
      path,
      namespace: "unreachable",
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: "unreachable" }, () => ({
      contents: `
        const unreachable = () => {
          throw new Error("Not part of this bundle.");
        };
        export { unreachable as default, unreachable as withBase, unreachable as withQuery };`,
    }));
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
