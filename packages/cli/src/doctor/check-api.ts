import {
  type EnvironmentDocument,
  FlagsmithAPIError,
  FlagsmithClientError,
} from "flagsmith-isomorphic";
import { countParts, listParts } from "../document-parts.ts";
import { createClient, downloadDocument } from "../environment-document.ts";
import type { Ports } from "../ports.ts";
import { withProgress } from "../progress.ts";
import { requireKey, type Settings } from "../settings.ts";
import { count } from "../text.ts";
import { type Check, fail, pass, skip, warn } from "./check.ts";

/** The checks of the API, and the document if the key gives access to it. */
interface ApiChecks {
  readonly checks: readonly Check[];
  readonly document?: EnvironmentDocument;
}

/** A difference of clocks in milliseconds that is more than the time of a request. */
const maxClockDifferenceMs = 30_000;

/** Loading and compiling a larger document takes a noticeable time, and Workers have little memory. */
const maxComfortableBytes = 5_000_000;

/** Makes requests as a client does, and checks the answers. */
export async function checkApi(settings: Settings, ports: Ports): Promise<ApiChecks> {
  const seen: { date?: string; at?: number } = {};
  const measured: Ports = {
    ...ports,
    fetch: async (url, init) => {
      const response = await ports.fetch(url, init);
      const date = response.headers.get("date");
      if (date !== null) Object.assign(seen, { date, at: ports.now() });
      return response;
    },
  };
  const start = ports.monotonicNow();
  try {
    const isServerSide = requireKey(settings).startsWith("ser.");
    const load = isServerSide ? downloadDocument : loadFlags;
    const loaded = await load(settings, measured);
    const what = isServerSide ? "the environment document" : "the flags of the environment";
    const ms = Math.round(ports.monotonicNow() - start);
    const api = pass("api", `returned ${what} in ${count(ms, "ms", "ms")}`);
    const clock = checkClock(seen);
    if (loaded === undefined) {
      const reason = "needs a server-side key";
      return { checks: [api, clock, skip("size", reason), skip("conditions", reason)] };
    }
    const { document, problems } = loaded;
    return { checks: [api, clock, checkSize(document), checkConditions(problems)], document };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = "the request failed";
    const skipped = [skip("size", reason), skip("conditions", reason)];
    const api = fail("api", message, advise(error, settings));
    return { checks: [api, checkClock(seen), ...skipped] };
  }
}

async function loadFlags(settings: Settings, ports: Ports): Promise<undefined> {
  const client = createClient(settings, ports);
  try {
    await withProgress(ports, "Loading the flags", client.getEnvironmentFlags());
  } finally {
    await client.close();
  }
}

function advise(error: unknown, { apiUrl, environmentKeySource }: Settings): string {
  if (error instanceof FlagsmithAPIError) {
    const { status } = error;
    if (status === 401 || status === 403) {
      return `Check that ${environmentKeySource} is a key of an environment at ${apiUrl}.`;
    }
    if (status === 404) return "Check the path of the URL: it usually ends with /api/v1/.";
    if (status === 429) return "Wait: the API limits requests. Poll less often, or share a store.";
    if (status !== undefined && status >= 500) {
      return "Try again, and look at the status page or the logs of the API.";
    }
  }
  const code = error instanceof FlagsmithClientError ? error.code : undefined;
  if (code === "API_TIMEOUT") {
    return "Try --timeout 30. If it helps, set requestTimeoutSeconds; otherwise check firewall and proxy.";
  }
  if (code === "API_UNREACHABLE") {
    return "Check the name of the host, its certificate, the firewall and the proxy.";
  }
  return "Check that the URL is that of a Flagsmith API, and not of a proxy or a login page.";
}

function checkClock({ date, at }: { readonly date?: string; readonly at?: number }): Check {
  const serverTime = Date.parse(date ?? "");
  if (at === undefined || Number.isNaN(serverTime)) return skip("clock", "the API sent no date");
  const seconds = Math.round((at - serverTime) / 1000);
  const direction = seconds > 0 ? "ahead of" : "behind";
  const difference = `${count(Math.abs(seconds), "second")} ${direction} the API`;
  if (Math.abs(at - serverTime) <= maxClockDifferenceMs) {
    return pass("clock", seconds === 0 ? "the same as that of the API" : difference);
  }
  const advice =
    "Synchronize the clock with NTP. Stored documents and traits with dates depend on it.";
  return warn("clock", difference, advice);
}

function checkSize(document: EnvironmentDocument): Check {
  const bytes = new TextEncoder().encode(JSON.stringify(document)).length;
  const message = `${count(bytes, "byte")}, ${countParts(listParts(document))}`;
  if (bytes <= maxComfortableBytes) return pass("size", message);
  const advice =
    "Remove identity overrides and features that are not needed, load it less often, or share a store between processes.";
  return warn("size", message, advice);
}

function checkConditions(problems: readonly string[]): Check {
  if (problems.length === 0) return pass("conditions", "all can be evaluated");
  const [first = ""] = problems;
  const rest = problems.length > 1 ? ` And ${count(problems.length - 1, "other problem")}.` : "";
  const advice = "Correct them in the dashboard: they can match other identities than intended.";
  return warn("conditions", first + rest, advice);
}
