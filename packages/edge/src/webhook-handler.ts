import { assertUnread, createOptionError, readRequestBody } from "@flagsmith-isomorphic/core";
import { verifyWebhookSignature } from "@flagsmith-isomorphic/core/local";
import { assertMethods, assertText } from "./assert-options.ts";
import { edgePlatform } from "./edge-platform.ts";
import { type WebhookClient, WebhookReloads } from "./webhook-reloads.ts";

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
 * and writes it to its storage. Webhooks that arrive together share loads, at most one per second.
 *
 * The handler responds with
 * - 204 after the document was loaded and written,
 * - 400 for a body that ends early,
 * - 401 for a missing or invalid signature,
 * - 405 for a method other than POST,
 * - 408 for a body that takes longer than 10 s,
 * - 413 for a body that is too large,
 * - 502 if the document could not be loaded or written.
 *
 * With a `ctx`, loading continues if Flagsmith does not wait for the response. A webhook may be faster than the
 * API. So if the document has not changed, the client reloads it after 2 s and after another 5 s. If it is older
 * than the webhook says, it is reloaded once more after another 10 s.
 *
 * @throws {@link FlagsmithClientError} `INVALID_OPTIONS`; the message names the option. The handler itself
 * rejects with `NO_ENVIRONMENT` for a client in remote mode, and with `INVALID_OPTIONS` for a request of Node.js or
 * one whose body was read before.
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
  assertMethods("flagsmith", flagsmith, { names: ["updateEnvironment", "currentSnapshot"], kind });
  assertText("secret", secret);
  if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 1) {
    throw createOptionError("maxBodyBytes", "must be a whole number of bytes, at least 1");
  }

  const reloads = reloadsByClient.get(flagsmith) ?? new WebhookReloads(flagsmith);
  reloadsByClient.set(flagsmith, reloads);

  return async (request, ctx) => {
    assertUnread(request);
    const arrival = reloads.arrive();
    if (request.method !== "POST") return respond(405, { Allow: "POST" });
    const signature = request.headers.get("X-Flagsmith-Signature") ?? "";
    // Checked before the body is read, so that unsigned requests cost nothing.
    if (!/^[0-9a-f]{64}$/i.test(signature)) return respond(401);
    const body = await readRequestBody(request, maxBodyBytes, edgePlatform.timers);
    if (typeof body === "number") return respond(body);
    if (!(await verifyWebhookSignature(body, signature, secret))) return respond(401);
    const reloading = reloads.reload(arrival);
    const reloadUntilChanged = async () => {
      // Flagsmith sends a webhook again that failed.
      if (await reloading) await reloads.reloadUntilChanged(arrival, parseChangeTime(body));
    };
    ctx?.waitUntil?.(reloadUntilChanged().catch(() => undefined));
    return respond((await reloading) ? 204 : 502);
  };
}

/** Handlers may be created for each request, and share the loads of their client. */
const reloadsByClient = new WeakMap<WebhookClient, WebhookReloads>();

/** Parses the time of the change, in milliseconds since the epoch. Returns NaN if the body has none. */
function parseChangeTime(body: Uint8Array): number {
  try {
    const { data }: { data: { timestamp: string } } = JSON.parse(new TextDecoder().decode(body));
    return Date.parse(data.timestamp);
  } catch {
    return Number.NaN;
  }
}

function respond(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers });
}
