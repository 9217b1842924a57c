import { createFlagsDiscoveryEndpoint } from "flags/next";
import { appFlags, flagsmithAdapter } from "../../../../flags";

/** Lists flags for the toolbar of Vercel, which knows FLAGS_SECRET. */
export const GET = createFlagsDiscoveryEndpoint(() => flagsmithAdapter.getProviderData(appFlags));
