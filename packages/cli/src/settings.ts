import { join, resolve } from "node:path";
import type { CommandInput, CommandOption } from "./command.ts";
import { createUsageError } from "./exit-code.ts";
import type { Ports } from "./ports.ts";
import { listRepositoryFolders } from "./repository.ts";

/** The variable with the environment key. With `_HOST` behind it, the key is only for that host. */
export const environmentKeyVariable = "FLAGSMITH_ENVIRONMENT_KEY";

/** The variables with the environment key, in the order in which they are read. */
const environmentKeyVariables: readonly string[] = [
  environmentKeyVariable,
  "FLAGSMITH_ENVIRONMENT",
];

const settingsFile = "flagsmith.json";
const hostedApiUrl = "https://edge.api.flagsmith.com/api/v1/";

/** Names of this machine in a URL. */
export const loopbackHosts: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

/** Options of commands that may use the API. */
export const apiOptions: readonly CommandOption[] = [
  { flags: "--api-url <url>", description: "the Flagsmith API (FLAGSMITH_API_URL)" },
  {
    flags: "--config <file>",
    description: "the settings, instead of the nearest flagsmith.json (FLAGSMITH_CONFIG_PATH)",
    isPath: true,
  },
  { flags: "--timeout <seconds>", description: "how long a request may take (default: 10)" },
];

/** The settings of the API, and where each of them comes from. */
export interface Settings {
  /** With a slash at the end. */
  readonly apiUrl: string;
  readonly apiUrlSource: string;
  readonly environmentKey: string | undefined;
  /** The name of a variable or file. */
  readonly environmentKeySource: string;
  readonly timeoutSeconds: number;
}

/**
 * Reads the settings of the API: from options, then variables, then flagsmith.json.
 *
 * @throws CommandError if a setting is invalid, or if a file of the project would send a secret key to another host, or
 *   without encryption.
 */
export async function readSettings(input: CommandInput, ports: Ports): Promise<Settings> {
  const file = await readSettingsFile(input, ports);
  const { apiUrl, source: apiUrlSource, isFromFile } = chooseApiUrl(input, ports, file);
  const scoped = createHostVariable(new URL(apiUrl).host);
  const shared = { timeoutSeconds: readTimeout(input), apiUrl, apiUrlSource };
  const use = (environmentKey: string, environmentKeySource: string): Settings => {
    return { ...shared, environmentKey: environmentKey.trim(), environmentKeySource };
  };

  for (const variable of [scoped, ...environmentKeyVariables]) {
    const key = findVariable(ports, variable);
    if (key === undefined) continue;
    if (isFromFile && key.trim().startsWith("ser.")) checkDestination(shared, variable, scoped);
    return use(key, variable);
  }
  if (file.environment !== undefined) return use(file.environment, file.path);
  return { ...shared, environmentKey: undefined, environmentKeySource: "" };
}

/** Whether a variable may contain an environment key. */
export function isKeyVariable(name: string): boolean {
  const upper = name.toUpperCase();
  return environmentKeyVariables.includes(upper) || upper.startsWith(`${environmentKeyVariable}_`);
}

/** Returns the environment key. @throws CommandError without a valid one. */
export function requireKey({ environmentKey, environmentKeySource }: Settings): string {
  if (environmentKey === undefined) {
    throw createUsageError(
      `There is no environment key. Set ${environmentKeyVariable}, or use --document with a file.`,
    );
  }
  if (/^[!-~]+$/.test(environmentKey)) return environmentKey;
  throw createUsageError(`${environmentKeySource} has characters that no key has.`);
}

/**
 * Checks the URL of a file for a secret key. A file in any checkout may name a host. A secret goes only to hosts that
 * the user has named, and only encrypted.
 *
 * @throws CommandError
 */
function checkDestination(
  { apiUrl, apiUrlSource }: Pick<Settings, "apiUrl" | "apiUrlSource">,
  variable: string,
  scoped: string,
): void {
  const { protocol, host, hostname, origin } = new URL(apiUrl);
  const isForHost = variable === scoped;
  // In a variable, the host "a_.example.com" looks like "a-example.com".
  const isNamed = isForHost ? !/_|\.[.:-]|-\./.test(host) : origin === new URL(hostedApiUrl).origin;
  const isSafe = protocol === "https:" || loopbackHosts.includes(hostname);
  if (isNamed && isSafe) return;
  const place = isSafe ? host : `${origin} without encryption`;
  const other = isSafe && !isForHost ? `, or use ${scoped} instead` : "";
  throw createUsageError(
    `${apiUrlSource} sends ${variable} to ${place}: if that is right, set FLAGSMITH_API_URL to that API${other}.`,
  );
}

/** The variable with the key for one host, as in Flagsmith's own command line. */
function createHostVariable(host: string): string {
  const suffix = host.replaceAll("-", "__").replaceAll(/[.:]/g, "_");
  return `${environmentKeyVariable}_${suffix}`;
}

function findVariable({ env }: Ports, name: string): string | undefined {
  const found = Object.entries(env).find(
    ([key, value]) => key.toUpperCase() === name.toUpperCase() && value?.trim(),
  );
  return found?.[1];
}

function chooseApiUrl(input: CommandInput, { env }: Ports, file: SettingsFile) {
  const candidates: readonly (readonly [string, string | undefined])[] = [
    ["--api-url", input.text("api-url")],
    ["FLAGSMITH_SDK_API_URL", env["FLAGSMITH_SDK_API_URL"]],
    ["FLAGSMITH_API_URL", env["FLAGSMITH_API_URL"]],
    [file.path, file.apiUrl],
  ];
  const found = candidates.find(([, candidate]) => candidate?.trim());
  const [source, value = ""] = found ?? ["default", hostedApiUrl];
  return { apiUrl: parseApiUrl(value.trim(), source), source, isFromFile: source === file.path };
}

/** Parses the URL of an option, a variable or a file. @throws CommandError */
export function parseUrl(value: string, source: string): URL {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) {
    throw createUsageError(`${source} must be a URL that starts with https:// or http://.`);
  }
  const url = new URL(value);
  if (/[\s?#]/.test(value) || url.username || url.password) {
    throw createUsageError(
      `${source} must be a URL without spaces, user name, password, query or fragment.`,
    );
  }
  return url;
}

/** The settings of Flagsmith's own command line have no path. */
function parseApiUrl(value: string, source: string): string {
  const url = parseUrl(value, source);
  if (url.pathname === "/") url.pathname = "/api/v1/";
  // The management API of the hosted service serves flags as well, but more slowly.
  if (url.host === "api.flagsmith.com") url.host = "edge.api.flagsmith.com";
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

interface SettingsFile {
  readonly path: string;
  readonly apiUrl?: string | undefined;
  /** A client-side key, which is public. */
  readonly environment?: string | undefined;
}

async function readSettingsFile(input: CommandInput, ports: Ports): Promise<SettingsFile> {
  const given = input.text("config") ?? ports.env["FLAGSMITH_CONFIG_PATH"];
  const path = given ? resolve(ports.cwd, given) : await findSettingsFile(ports);
  if (path === undefined) return { path: settingsFile };
  const text = await ports.files.read(path).catch(() => {
    throw createUsageError(`The settings file ${path} cannot be read.`);
  });
  const settings = parseSettings(text, path);
  const pick = (name: string) => {
    const value = settings[name];
    return (typeof value === "string" && value.trim()) || undefined;
  };
  const environment = pick("environment");
  if (environment?.startsWith("ser.")) {
    throw createUsageError(
      `${path} contains a server-side key, which is a secret: move it to ${environmentKeyVariable}.`,
    );
  }
  return { path, apiUrl: pick("sdkApiUrl") ?? pick("apiUrl"), environment };
}

function parseSettings(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const settings: unknown = JSON.parse(text);
    if (typeof settings === "object" && settings !== null) return { ...settings };
  } catch {
    // Reported below.
  }
  throw createUsageError(`The settings file ${path} is not a JSON object.`);
}

/** Looks in the working directory, and in its parents as far as they belong to the same Git repository. */
async function findSettingsFile({ cwd, files }: Ports): Promise<string | undefined> {
  for (const folder of await listRepositoryFolders(cwd, files)) {
    const path = join(folder, settingsFile);
    if (await files.isFile(path)) return path;
  }
  return undefined;
}

function readTimeout(input: CommandInput): number {
  const text = input.text("timeout") ?? "10";
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 600) return seconds;
  throw createUsageError("--timeout must be a number of seconds, at most 600.");
}
