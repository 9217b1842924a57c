import { copyFile } from "node:fs/promises";
import type { BuildOptions } from "esbuild";
import type { Options } from "tsup";
import { licensesFile } from "./bundled-packages.ts";

/** Matches every entry of core. */
export const core: RegExp = /^@flagsmith-isomorphic\/core(?:$|\/)/;

/** Copies the licences of the packages in core's build into the build of the adapter in the working directory. */
export function copyLicenses(): Promise<void> {
  return copyFile(`../core/dist/${licensesFile}`, `dist/${licensesFile}`);
}

/** Settings of esbuild for an adapter that contains core. */
export function configureEsbuild(options: BuildOptions): void {
  // Node.js parses the whole file at each import. Names stay, and source maps have the rest.
  options.minifyWhitespace = true;
  options.minifySyntax = true;
  // Node.js prints the line that an uncaught error comes from.
  options.lineLimit = 120;
  // A warning about each file of core that an entry imports only for its effects: there are none.
  options.logOverride = { "ignored-bare-import": "silent" };
}

/**
 * Ends the statement after `super(…)`, which esbuild joins to the next one. TypeScript would put the fields of a class
 * before it if an application compiles the package for older targets than ES2022.
 */
export const separateSuperCalls: NonNullable<Options["plugins"]>[number] = {
  name: "separate-super-calls",
  renderChunk(code) {
    // As long as before, so that the source map stays valid.
    return { code: code.replace(joinedSuperCall, (call) => `${call.slice(0, -1)};`) };
  },
};

/** Matches a statement that begins with `super(…),`. */
const joinedSuperCall = /(?<=[{};]\s*)super\((?:[^()]|\([^()]*\))*\),/g;
