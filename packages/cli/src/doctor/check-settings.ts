import type { Ports } from "../ports.ts";
import { environmentKeyVariable, loopbackHosts, type Settings } from "../settings.ts";
import { type Check, fail, pass, warn } from "./check.ts";

/** Checks the key, the URL and the proxy, without a request. */
export function checkSettings(settings: Settings, ports: Ports): readonly Check[] {
  return [checkKey(settings), checkUrl(settings), checkProxy(settings, ports)];
}

function checkKey({ environmentKey, environmentKeySource }: Settings): Check {
  if (environmentKey === undefined) {
    const advice = `Set ${environmentKeyVariable} to a key of Environment settings > SDK keys.`;
    return fail("key", "there is none", advice);
  }
  if (/[^\w.-]/.test(environmentKey)) {
    const advice = "Copy the key again, without quotes and spaces.";
    return fail("key", `${environmentKeySource} has characters that no key has`, advice);
  }
  const isServerSide = environmentKey.startsWith("ser.");
  const use = isServerSide
    ? "server-side, for local and remote evaluation"
    : "client-side, for remote evaluation only";
  return pass("key", `${use}, from ${environmentKeySource}`);
}

function checkUrl({ apiUrl, apiUrlSource }: Settings): Check {
  const { protocol, hostname } = new URL(apiUrl);
  const message = `${apiUrl}, from ${apiUrlSource}`;
  const isLoopback = loopbackHosts.includes(hostname);
  if (protocol === "http:" && !isLoopback) {
    return warn("url", message, "Use https: the environment key is sent without encryption.");
  }
  if (!new URL(apiUrl).pathname.endsWith("/api/v1/")) {
    return warn("url", message, "The path of a Flagsmith API usually ends with /api/v1/.");
  }
  return pass("url", message);
}

/** The `fetch` of Node.js uses no proxy by itself. */
function checkProxy({ apiUrl }: Settings, { env }: Ports): Check {
  const scheme = new URL(apiUrl).protocol.replace(":", "");
  const names = [`${scheme}_proxy`, "all_proxy"].flatMap((name) => [name.toUpperCase(), name]);
  const found = names.find((name) => env[name]);
  if (found === undefined) return pass("proxy", "none in the variables of the environment");
  // Node.js never reads `ALL_PROXY`.
  const isForAll = /^all/i.test(found);
  const isUsed = env["NODE_USE_ENV_PROXY"] === "1" && !isForAll;
  if (isUsed) return pass("proxy", `${found}, with NODE_USE_ENV_PROXY`);
  return warn(
    "proxy",
    `${found} is set, but the fetch of Node.js does not use it`,
    `Set ${isForAll ? `${names[0]} and ` : ""}NODE_USE_ENV_PROXY=1 with Node.js 24, or pass a ProxyAgent of undici as the option agent.`,
  );
}
