import {
  FlagsmithAdapter,
  identifyByCookie,
  toVercelFlags,
} from "@flagsmith-isomorphic/vercel-flags";
import { flag } from "flags/next";
import { defineFlags, numberFlag, toggleFlag } from "flagsmith-isomorphic";
import { after } from "next/server";
import { getFlagsmith } from "./lib/flagsmith";

export const appFlags = defineFlags({
  dark_mode: toggleFlag({ description: "Dark theme" }),
  max_items: numberFlag(10, { integer: true, min: 1, max: 100 }),
});

export const flagsmithAdapter = new FlagsmithAdapter(getFlagsmith, {
  identify: identifyByCookie("visitor-id"),
  waitUntil: (work) => after(() => work),
  dashboardUrl: process.env.FLAGSMITH_DASHBOARD_URL,
});

const declared = toVercelFlags(appFlags, flagsmithAdapter);
export const darkMode = flag(declared.dark_mode);
export const maxItems = flag({ ...declared.max_items, options: [10, 25, 50] });

/** The flags that the proxy decides for `/welcome`, so that its pages can be static. */
export const welcomeFlags = [darkMode, maxItems] as const;
