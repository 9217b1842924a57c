import type { EnvironmentDocument } from "flagsmith-isomorphic";
import type { Ports } from "../ports.ts";
import { withProgress } from "../progress.ts";
import type { Settings } from "../settings.ts";
import { type Check, fail, pass, skip } from "./check.ts";

const hostedRealtimeUrl = "https://realtime.flagsmith.com/";

/** Opens the stream of changes, and closes it. */
export async function checkRealtime(
  document: EnvironmentDocument | undefined,
  {
    settings,
    realtimeUrl,
  }: { readonly settings: Settings; readonly realtimeUrl: string | undefined },
  ports: Ports,
): Promise<Check> {
  const name = "realtime";
  if (document === undefined) return skip(name, "needs the environment document");
  const project = document.project as { readonly enable_realtime_updates?: unknown };
  if (realtimeUrl === undefined && project.enable_realtime_updates !== true) {
    return skip(name, "the project does not have realtime updates");
  }
  const isHosted = new URL(settings.apiUrl).host === "edge.api.flagsmith.com";
  const base = realtimeUrl ?? (isHosted ? hostedRealtimeUrl : undefined);
  if (base === undefined) return skip(name, "needs --realtime-url");
  const place = base.replace(/\/*$/, "/");
  const url = `${place}sse/environments/${document.api_key}/stream`;
  const stop = new AbortController();
  const timeout = AbortSignal.timeout(settings.timeoutSeconds * 1000);
  const signal = AbortSignal.any([stop.signal, timeout]);
  try {
    const headers = { accept: "text/event-stream" };
    const request = ports.fetch(url, { method: "GET", headers, signal, redirect: "manual" });
    const { status, headers: received } = await withProgress(ports, "Opening the stream", request);
    const type = received.get("content-type") ?? "no content type";
    if (status === 200 && type.startsWith("text/event-stream")) {
      return pass(name, `the stream at ${place} opens`);
    }
    const advice =
      "Check that realtime updates are in the plan, and that no proxy answers instead.";
    return fail(name, `${place} returned ${status} (${type})`, advice);
  } catch {
    const advice =
      "Check that firewall and proxy allow long connections. Polling works without them.";
    return fail(name, `the stream at ${place} does not open`, advice);
  } finally {
    stop.abort();
  }
}
