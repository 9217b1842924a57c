import { defineNitroConfig } from "nitropack/config";

// The preset selects the host. Its condition selects the adapter of flagsmith-isomorphic.
export default defineNitroConfig({ compatibilityDate: "2026-07-01" });
