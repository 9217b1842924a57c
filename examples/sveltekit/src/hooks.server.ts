import { type Handle, sequence } from "@sveltejs/kit/hooks";
import { createHandle } from "flags/sveltekit";
import { getFlagsmith } from "./lib/server/flagsmith.ts";

/** Evaluates the flags of a request's user. Pages read them from `locals`. */
const handleFlags: Handle = async ({ event, resolve }) => {
  const user = event.url.searchParams.get("user") ?? "anonymous";
  // On Cloudflare, pass `event.platform?.ctx` to `forRequest`.
  event.locals.flags = await getFlagsmith().forRequest().getIdentityFlags(user, { plan: "gold" });
  return resolve(event);
};

/** The Flags SDK, for pages that use it, reads FLAGS_SECRET. */
export const handle: Handle = sequence(createHandle({}), handleFlags);
