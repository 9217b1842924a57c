import { type Flag, type Flags, FlagsmithAPIError } from "flagsmith-isomorphic";
import { type Command, type CommandInput, jsonOption } from "../command.ts";
import {
  createClient,
  createOfflineClient,
  documentOptions,
  loadDocument,
  printProblems,
} from "../environment-document.ts";
import {
  CommandError,
  createUnknownFeatureError,
  createUsageError,
  exitCodes,
} from "../exit-code.ts";
import {
  describeSubject,
  evaluateSubject,
  identityOptions,
  readSubject,
  type Subject,
} from "../identity.ts";
import type { Ports } from "../ports.ts";
import { withProgress } from "../progress.ts";
import { readSettings } from "../settings.ts";
import {
  type Cell,
  count,
  createPaint,
  cutCommonStart,
  escapeControls,
  formatTable,
  formatValue,
  printJson,
  printWarning,
} from "../text.ts";

const modes = ["local", "remote", "both"] as const;
type Mode = (typeof modes)[number];

/** Evaluates flags locally, remotely, or both. */
export const evaluateCommand: Command = {
  name: "evaluate",
  summary: "Prints the flags of the environment or of an identity",
  details:
    "Evaluates locally if there is a document or a server-side key, otherwise remotely. With `--mode both`, differences between the two exit with 3. Nothing is stored: the identity and its traits are transient.",
  arguments: [{ name: "[feature...]", description: "only these features" }],
  options: [
    ...identityOptions,
    { flags: "--mode <mode>", description: "where flags are evaluated", choices: modes },
    ...documentOptions,
    jsonOption,
  ],
  examples: [
    "evaluate",
    "evaluate max_items --identity user-42 --trait plan=gold --json",
    "evaluate --identity user-42 --mode both",
    "evaluate --document environment.json --trait country=CH",
  ],
  run: async (input, ports) => {
    const subject = readSubject(input);
    const mode = await chooseMode(input, ports);
    // One after the other, so that a local failure is reported first.
    const local = mode === "remote" ? undefined : await evaluateLocally(input, ports, subject);
    const remote = mode === "local" ? undefined : await evaluateRemotely(input, ports, subject);
    const results = [local, remote].filter((result) => result !== undefined);
    const features = pickFeatures(results, input.arguments);
    const [first] = results;
    const flags = features.map((name) => toRecord(first?.flags.get(name), name));
    const differences =
      local === undefined || remote === undefined ? undefined : compare(local, remote, features);
    if (input.has("json")) {
      printJson(ports.stdout, {
        mode,
        identity: subject.identifier ?? null,
        traits: subject.traits,
        sources: results.map(({ source }) => source),
        flags,
        differences,
      });
    } else if (differences !== undefined) {
      printComparison(differences, features.length, ports);
    } else {
      printFlags(flags, subject, ports);
    }
    return differences !== undefined && differences.length > 0
      ? exitCodes.finding
      : exitCodes.success;
  },
};

/** The flags of one evaluation, by feature name. */
interface Evaluated {
  readonly flags: ReadonlyMap<string, Flag>;
  readonly source: string;
}

async function chooseMode(input: CommandInput, ports: Ports): Promise<Mode> {
  const given = modes.find((mode) => mode === input.text("mode"));
  const hasDocument = input.text("document") !== undefined;
  if (given === "remote" && hasDocument) {
    throw createUsageError("--document is for local evaluation: use --mode local or both.");
  }
  if (given !== undefined) return given;
  if (hasDocument) return "local";
  const { environmentKey = "" } = await readSettings(input, ports);
  return environmentKey.startsWith("ser.") ? "local" : "remote";
}

async function evaluateLocally(
  input: CommandInput,
  ports: Ports,
  subject: Subject,
): Promise<Evaluated> {
  const loaded = await loadDocument(input, ports);
  printProblems(loaded, ports);
  const flags = await evaluateSubject(createOfflineClient(loaded.document), subject);
  // The client logs nothing.
  for (const name of flags.droppedTraits) {
    printWarning(ports.stderr, `The trait ${JSON.stringify(name)} is invalid and was not used.`);
  }
  return index(flags, loaded.source);
}

async function evaluateRemotely(
  input: CommandInput,
  ports: Ports,
  subject: Subject,
): Promise<Evaluated> {
  const settings = await readSettings(input, ports);
  const client = createClient(settings, ports);
  try {
    const flags = evaluateSubject(client, subject);
    const message = `Evaluating ${describeSubject(subject)}`;
    return index(await withProgress(ports, message, flags), settings.apiUrl);
  } catch (error) {
    if (error instanceof FlagsmithAPIError && [401, 403].includes(error.status ?? 0)) {
      throw new CommandError(
        `${settings.apiUrl} does not accept the key of ${settings.environmentKeySource}: ${error.message}`,
      );
    }
    throw error;
  } finally {
    await client.close();
  }
}

function index(flags: Flags, source: string): Evaluated {
  return { flags: new Map(flags.allFlags().map((flag) => [flag.featureName, flag])), source };
}

/** @throws CommandError for an unknown feature */
function pickFeatures(results: readonly Evaluated[], wanted: readonly string[]): readonly string[] {
  const known = new Set(results.flatMap(({ flags }) => [...flags.keys()]));
  const unknown = wanted.find((name) => !known.has(name));
  if (unknown !== undefined) throw createUnknownFeatureError(unknown);
  return wanted.length > 0 ? wanted : [...known];
}

type FlagRecord = ReturnType<typeof toRecord>;

function toRecord(flag: Flag | undefined, feature: string) {
  return {
    feature,
    enabled: flag?.enabled ?? false,
    value: flag?.value ?? null,
    variant: flag?.variant ?? null,
    reason: flag?.reason ?? null,
  };
}

/** A feature whose flag is not the same in both evaluations. `null` if one does not have it. */
interface Difference {
  readonly feature: string;
  readonly local: FlagRecord | null;
  readonly remote: FlagRecord | null;
}

/** Compares states and values. The API reports no reasons for environment flags. */
function compare(local: Evaluated, remote: Evaluated, features: readonly string[]): Difference[] {
  const read = ({ flags }: Evaluated, name: string) => {
    const flag = flags.get(name);
    return flag === undefined ? null : toRecord(flag, name);
  };
  return features
    .map((feature) => ({ feature, local: read(local, feature), remote: read(remote, feature) }))
    .filter(({ local: one, remote: other }) => {
      // The API can be configured to leave out the flags that are off.
      if (other === null) return one?.enabled === true;
      return one?.enabled !== other.enabled || one.value !== other.value;
    });
}

function printFlags(flags: readonly FlagRecord[], subject: Subject, { stdout, env }: Ports): void {
  const paint = createPaint(stdout, env);
  const rows = flags.map(({ feature, enabled, value, reason }): readonly Cell[] => [
    escapeControls(feature),
    paintState(enabled, paint),
    formatValue(value),
    escapeControls(reason ?? "-"),
  ]);
  stdout.write(formatTable(["FEATURE", "STATE", "VALUE", "REASON"], rows));
  stdout.write(`\n${count(flags.length, "flag")} of ${describeSubject(subject)}\n`);
}

function printComparison(
  differences: readonly Difference[],
  total: number,
  { stdout }: Ports,
): void {
  if (differences.length > 0) {
    const describe = (flag: FlagRecord | null, value: unknown) =>
      flag === null ? "missing" : `${flag.enabled ? "on" : "off"} ${formatValue(value)}`;
    const rows = differences.map(({ feature, local, remote }) => {
      const [one, other] = cutCommonStart(local?.value, remote?.value);
      return [
        escapeControls(feature),
        describe(local, one),
        describe(remote, other),
        escapeControls(local?.reason ?? "-"),
      ];
    });
    stdout.write(formatTable(["FEATURE", "LOCAL", "REMOTE", "LOCAL REASON"], rows));
    stdout.write("\n");
  }
  const same = total - differences.length;
  stdout.write(`${count(same, "flag")} equal, ${differences.length} different\n`);
}

function paintState(enabled: boolean, paint: ReturnType<typeof createPaint>): Cell {
  const text = enabled ? "on" : "off";
  return { text, painted: paint(text, enabled ? "green" : "dim") };
}
