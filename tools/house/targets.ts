import type { CallPath } from "./paths.ts";
import { countLines, type Sizes } from "./sizes.ts";
import type { Source } from "./sources.ts";

const maxFiles = 9;
const maxEdgeFiles = 10;
const maxSwitches = 20;
const maxNamedTypesPer1000 = 30;
const maxWiringLines = 700;

/** A measured value and its upper limit. */
export interface Target {
  readonly name: string;
  readonly value: number;
  readonly max: number;
}

/** Entry and wiring files: those directly in core's `src`, without these, and the connection. */
const isOtherFile =
  /^(errors|version|digest|engine|options|parse-options|option-checks)\.ts$|^(?!http\/connection\.ts$).+\//;

/** Lists the entry and wiring files of core. */
export function wiringFiles(core: readonly Source[]): Source[] {
  return core.filter(({ path }) => !isOtherFile.test(path.slice("packages/core/src/".length)));
}

/** Compares the measurements with the targets. */
export function compareWithTargets(measured: {
  readonly core: readonly Source[];
  readonly coreWithoutEngine: Sizes;
  readonly paths: ReadonlyMap<string, CallPath>;
  readonly declaredTwice: number;
  readonly unimported: number;
}): Target[] {
  const { core, coreWithoutEngine, paths, declaredTwice, unimported } = measured;
  const wiring = wiringFiles(core).reduce((sum, { ast }) => sum + countLines(ast).all, 0);
  return [
    ...[...paths].flatMap(([name, { files, switches }]) => [
      {
        name: `files, ${name}`,
        value: files.length,
        max: name === "edge" ? maxEdgeFiles : maxFiles,
      },
      { name: `switches, ${name}`, value: switches, max: maxSwitches },
    ]),
    {
      name: "named types per 1,000 lines, core without engine",
      value: coreWithoutEngine.namedTypesPer1000,
      max: maxNamedTypesPer1000,
    },
    { name: "names declared twice, core", value: declaredTwice, max: 0 },
    { name: "internal exports without an importer, packages", value: unimported, max: 0 },
    { name: "lines of entry and wiring files", value: wiring, max: maxWiringLines },
  ];
}
