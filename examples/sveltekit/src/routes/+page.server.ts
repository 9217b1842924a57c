import type { PageServerLoad } from "./$types";

// The page also runs in the browser: pass it plain values, and not `flags` itself.
export const load: PageServerLoad = ({ locals: { flags } }) => ({
  darkMode: flags.isFeatureEnabled("dark_mode"),
  maxItems: flags.getNumber("max_items", 10),
});
