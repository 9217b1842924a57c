import { createFlagsDiscoveryEndpoint } from "flags/sveltekit";
import { appFlags, flagsmithAdapter } from "../../../../lib/server/flags.ts";

/** Lists flags for the toolbar of Vercel, which knows FLAGS_SECRET. */
export const GET = createFlagsDiscoveryEndpoint(() => flagsmithAdapter.getProviderData(appFlags));
