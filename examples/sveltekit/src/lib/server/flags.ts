import {
  FlagsmithAdapter,
  identifyByCookie,
  toVercelFlags,
} from "@flagsmith-isomorphic/vercel-flags";
import { flag } from "flags/sveltekit";
import { defineFlags, numberFlag, toggleFlag } from "flagsmith-isomorphic";
import { getFlagsmith } from "./flagsmith.ts";

export const appFlags = defineFlags({
  dark_mode: toggleFlag({ description: "Dark theme" }),
  max_items: numberFlag(10, { integer: true, min: 1, max: 100 }),
});

export const flagsmithAdapter = new FlagsmithAdapter(getFlagsmith, {
  identify: identifyByCookie("visitor-id"),
});

const declared = toVercelFlags(appFlags, flagsmithAdapter);
export const darkMode = flag(declared.dark_mode);
export const maxItems = flag(declared.max_items);
