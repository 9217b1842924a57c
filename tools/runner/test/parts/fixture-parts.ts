import { resolve } from "node:path";
import type { Part } from "../../src/part.ts";

/** Creates a part from a module in this folder. */
export function createFixturePart(name: string, needsPackages = false): Part {
  const module = resolve(import.meta.dirname, `${name}.ts`);
  return { name, summary: `${name}, for tests`, module, needsPackages };
}
