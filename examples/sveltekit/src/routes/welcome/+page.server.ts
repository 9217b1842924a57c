import { darkMode, maxItems } from "../../lib/server/flags.ts";
import type { PageServerLoad } from "./$types";

/** Decides the flags of the visitor in the cookie, by one evaluation. */
export const load: PageServerLoad = async () => ({
  darkMode: await darkMode(),
  maxItems: await maxItems(),
});
