import remapping from "@jridgewell/remapping";
import MagicString from "magic-string";
import type { Options } from "tsup";

/**
 * Joins strings that esbuild has continued on the next line because of its `lineLimit`. Tools that indent code, such as
 * the CommonJS plugin of Rollup, would add their spaces to such a string.
 */
export const joinStrings: NonNullable<Options["plugins"]>[number] = {
  name: "join-strings",
  renderChunk(code, chunk) {
    const joined = joinLines(code);
    const maps = [joined.map, chunk.map as string];
    if (chunk.map) chunk.map = remapping(maps, () => null).toString();
    return { code: joined.code };
  },
};

/** A line break after a backslash that is not escaped. */
const continuation = /(?<=(?<!\\)(?:\\\\)*)\\\n/g;

/** Returns the code without continued lines, and the source map of this change. */
export function joinLines(code: string): { code: string; map: string } {
  const joined = new MagicString(code).replaceAll(continuation, "");
  return { code: joined.toString(), map: joined.generateMap({ hires: "boundary" }).toString() };
}
