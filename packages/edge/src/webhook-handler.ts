import { type Flagsmith, FlagsmithClientError, invalidOption } from "@flagsmith-isomorphic/core";
import { verifyWebhookSignature } from "@flagsmith-isomorphic/core/local";
import { assertMethods } from "./assert-options.ts";
import { edgePlatform } from "./edge-platform.ts";
import { readBody } from "./read-body.ts";
import { changedAt } from "./webhook-change.ts";

type WebhookClient = Pick<Flagsmith, "updateEnvironment" | "getSnapshot">;

/** Options of {@link createWebhookHandler}. */
export interface WebhookHandlerOptions {
  /** A client with local evaluation; its `storage` is what tells the other isolates. */
  readonly flagsmith: WebhookClient;
  /** As it was entered for the webhook in Flagsmith. */
  readonly secret: string;
  /**
   * The largest body that is read, in bytes.
   * @defaultValue 1000000
   */
  readonly maxBodyBytes?: number | undefined;
}

/** Answers a webhook of Flagsmith. */
export type WebhookHandler = (
  request: Request,
  ctx?: { readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined },
) => Promise<Response>;

/**
 * Makes the handler of Flagsmith's webhooks: a genuine one makes the client load the environment document
 * anew, and write it to its storage.
 *
 * It answers 204 when that is done, 401 for a signature that is missing or not genuine, 405 for another
 * method than POST, 413 for a body that is too large, 400 for one that breaks off, 502 when the document
 * could not be loaded, or not be written. With a `ctx`, loading goes on when Flagsmith does not wait for
 * the answer, and a document that is older than the change is loaded again 2, 5 and 10 s later: webhooks
 * may be faster than the API.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`, naming the option; the handler itself rejects with
 * `NO_ENVIRONMENT` for a client that evaluates remotely.
 *
 * @example
 * const onWebhook = createWebhookHandler({ flagsmith, secret: env.FLAGSMITH_WEBHOOK_SECRET });
 * export default {
 *   fetch: (request, env, ctx) =>
 *     new URL(request.url).pathname === "/flagsmith" ? onWebhook(request, ctx) : answer(request),
 * };
 */
export function createWebhookHandler({
  flagsmith,
  secret,
  maxBodyBytes = 1_000_000,
}: WebhookHandlerOptions): WebhookHandler {
  const kind = "a Flagsmith client";
  assertMethods("flagsmith", flagsmith, { names: ["updateEnvironment", "getSnapshot"], kind });
  if (typeof secret !== "string" || secret === "") throw invalidOption("secret", "must be a text");
  if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 1) {
    throw invalidOption("maxBodyBytes", "must be a whole number of bytes, at least 1");
  }

  return async (request, ctx) => {
    if (request.method !== "POST") return answer(405, { Allow: "POST" });
    const signature = request.headers.get("X-Flagsmith-Signature");
    // Before the body: nobody without a signature makes us read one.
    if (signature === null) return answer(401);
    const body = await readBody(request, maxBodyBytes);
    if (body === "too large") return answer(413);
    if (body === "broken off") return answer(400);
    if (!(await verifyWebhookSignature(body, signature, secret))) return answer(401);
    const loading = loadAnew(flagsmith);
    const settled = loading.catch(() => undefined);
    ctx?.waitUntil?.(settled.then((date) => catchUp(flagsmith, date, changedAt(body))));
    return answer((await loading) === undefined ? 502 : 204);
  };
}

/** Milliseconds. */
const pausesBeforeReloads = [2000, 5000, 10_000];

/** Loads again while the document has an older date than the change. */
async function catchUp(flagsmith: WebhookClient, date: string | undefined, change: number) {
  let latest = date;
  for (const pauseMs of pausesBeforeReloads) {
    // What is no date compares with nothing.
    if (latest === undefined || !(Date.parse(latest) < change)) return;
    await edgePlatform.timers.sleep(pauseMs);
    latest = await loadAnew(flagsmith);
  }
}

/**
 * The date of the document, empty where it has none; `undefined` where it could not be loaded: the client's
 * own `onEnvironmentChange` is told why, a stranger is not.
 *
 * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT`: whoever handed in that client has to know.
 */
async function loadAnew(flagsmith: WebhookClient): Promise<string | undefined> {
  try {
    await flagsmith.updateEnvironment();
    return (await flagsmith.getSnapshot()).updatedAt ?? "";
  } catch (error) {
    if (error instanceof FlagsmithClientError && error.code === "NO_ENVIRONMENT") throw error;
    return undefined;
  }
}

function answer(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers });
}
