import { type Flagsmith, FlagsmithClientError, invalidOption } from "@flagsmith-isomorphic/core";
import { verifyWebhookSignature } from "@flagsmith-isomorphic/core/local";
import { assertMethods } from "./assert-options.ts";
import { edgePlatform } from "./edge-platform.ts";
import { readBody } from "./read-body.ts";

type WebhookClient = Pick<Flagsmith, "updateEnvironment" | "getSnapshot">;

/** Options of {@link createWebhookHandler}. */
export interface WebhookHandlerOptions {
  /** A client with local evaluation. Other isolates see the change through its `storage`. */
  readonly flagsmith: WebhookClient;
  /** The secret of the webhook in Flagsmith. */
  readonly secret: string;
  /**
   * The largest accepted body, in bytes.
   * @defaultValue 1000000
   */
  readonly maxBodyBytes?: number | undefined;
}

/** Handles a request of a Flagsmith webhook. */
export type WebhookHandler = (
  request: Request,
  ctx?: { readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined },
) => Promise<Response>;

/**
 * Creates a handler for Flagsmith's webhooks. On a valid webhook the client reloads the environment document
 * and writes it to its storage.
 *
 * The handler responds with
 * - 204 after the document was loaded and written,
 * - 400 for a body that ends early,
 * - 401 for a missing or invalid signature,
 * - 405 for a method other than POST,
 * - 413 for a body that is too large,
 * - 502 if the document could not be loaded or written.
 *
 * With a `ctx`, loading continues if Flagsmith does not wait for the response. If the API still serves a
 * document older than the change, the client reloads it after 2, 5 and 10 s.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`; the message names the option. The handler itself
 * rejects with `NO_ENVIRONMENT` for a client in remote mode.
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
  if (typeof secret !== "string" || secret === "") {
    throw invalidOption("secret", "must be a non-empty string");
  }
  if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 1) {
    throw invalidOption("maxBodyBytes", "must be a whole number of bytes, at least 1");
  }

  return async (request, ctx) => {
    if (request.method !== "POST") return respond(405, { Allow: "POST" });
    const signature = request.headers.get("X-Flagsmith-Signature");
    // Checked before the body is read, so that unsigned requests cost nothing.
    if (signature === null) return respond(401);
    const body = await readBody(request, maxBodyBytes);
    if (body === "too large") return respond(413);
    if (body === "interrupted") return respond(400);
    if (!(await verifyWebhookSignature(body, signature, secret))) return respond(401);
    const loading = reload(flagsmith);
    const settled = loading.catch(() => undefined);
    ctx?.waitUntil?.(settled.then((date) => reloadUntil(parseChangeTime(body), flagsmith, date)));
    return respond((await loading) === undefined ? 502 : 204);
  };
}

/** Milliseconds. */
const delaysBeforeReloads = [2000, 5000, 10_000];

/** Reloads the document until it is as new as the change. `date` is that of the current document. */
async function reloadUntil(
  changeTime: number,
  flagsmith: WebhookClient,
  date: string | undefined,
): Promise<void> {
  let latest = date;
  for (const delayMs of delaysBeforeReloads) {
    // False if either date is unknown, because NaN compares with nothing.
    if (latest === undefined || !(Date.parse(latest) < changeTime)) return;
    await edgePlatform.timers.sleep(delayMs);
    latest = await reload(flagsmith);
  }
}

/**
 * Reloads the document and returns its `updated_at`, or `""` if it has none. Returns `undefined` if it could not
 * be loaded: the reason goes to `onEnvironmentChange`, not into the HTTP response.
 *
 * @throws {@link FlagsmithClientError} `NO_ENVIRONMENT`: a client in remote mode is a programming error here.
 */
async function reload(flagsmith: WebhookClient): Promise<string | undefined> {
  try {
    await flagsmith.updateEnvironment();
    return (await flagsmith.getSnapshot()).updatedAt ?? "";
  } catch (error) {
    if (error instanceof FlagsmithClientError && error.code === "NO_ENVIRONMENT") throw error;
    return undefined;
  }
}

/** Parses the time of the change, in milliseconds since the epoch. Returns NaN if the body has none. */
function parseChangeTime(body: Uint8Array): number {
  try {
    const webhook: { data?: { timestamp?: unknown } } | null = JSON.parse(
      new TextDecoder().decode(body),
    );
    return Date.parse(String(webhook?.data?.timestamp));
  } catch {
    return Number.NaN;
  }
}

function respond(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers });
}
