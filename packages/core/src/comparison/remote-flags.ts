import { createRequestFlags } from "../api/flags-api.ts";
import type { Flag } from "../flags/flag.ts";
import type { Call } from "../http/call.ts";
import { outsideRender } from "../http/render-signal.ts";
import type { SendRequest } from "../http/request.ts";
import type { Identity } from "../identity/identity.ts";
import type { ParsedTraits } from "../identity/traits.ts";
import type { ModuleContext } from "../modules.ts";
import { getMember, parseJson } from "../platform/json.ts";
import type { Logger } from "../platform/logger.ts";
import type { Timers } from "../platform/platform.ts";

/** The flags of the API, and the traits that it has used. */
interface RemoteFlags {
  readonly flags: readonly Flag[];
  /** With those that the API has stored for this identity before. */
  readonly traits: ParsedTraits;
}

/** Requests flags in one attempt. The circuit of other calls is not affected. */
export async function requestRemoteFlags(
  client: Pick<ModuleContext, "options" | "connection"> & {
    readonly timers: Timers;
    readonly logger: Pick<Logger, "warn">;
  },
  identity: Identity | undefined,
  call: Call,
): Promise<RemoteFlags> {
  const { connection, timers } = client;
  const sendOnce = connection.createSendRequest(timers, undefined, 0);
  let text = "";
  const send: SendRequest = (request, call) =>
    sendOnce(
      {
        ...request,
        init: outsideRender,
        read: (response) => {
          text = response.text;
          return request.read(response);
        },
      },
      call,
    );
  const requestFlags = createRequestFlags({
    ...client,
    connection: {
      circuit: undefined,
      createHeaders: (url) => connection.createHeaders(url),
      createSendRequest: () => send,
    },
  });
  const flags = await requestFlags(identity, call);
  const stored = identity ? readTraits(getMember(parseJson(text), "traits")) : {};
  return { flags: [...flags.values()], traits: { ...stored, ...identity?.traits } };
}

function readTraits(list: unknown): ParsedTraits {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return Object.fromEntries(
    items.map((item) => [String(getMember(item, "trait_key")), getMember(item, "trait_value")]),
  ) as ParsedTraits;
}
