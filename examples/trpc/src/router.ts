import { initTRPC } from "@trpc/server";
import type { Flagsmith } from "flagsmith-isomorphic";

/** Context of a call. The flags are evaluated when a procedure needs them, and once per request. */
export function createContext(flagsmith: Flagsmith, user: string) {
  const scope = flagsmith.forRequest();
  return { getFlags: () => scope.getIdentityFlags(user, { plan: "gold" }) };
}

const { procedure, router } = initTRPC.context<ReturnType<typeof createContext>>().create();

export const appRouter = router({
  items: procedure.query(async ({ ctx }) => {
    const flags = await ctx.getFlags();
    return {
      darkMode: flags.isFeatureEnabled("dark_mode"),
      maxItems: flags.getNumber("max_items", 10),
    };
  }),
});
