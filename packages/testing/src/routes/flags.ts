import { json } from "../answer.ts";
import type { Environment } from "../environment.ts";
import type { WireDocument } from "../environment-document.ts";
import {
  environmentFlag,
  findFlag,
  hidesDisabledFlags,
  isServerKeyOnly,
  type KeyKind,
  type WireFlag,
} from "../wire-flag.ts";
import type { Route } from "./route.ts";

/** `GET flags/`: the environment's own flags, or one of them by `?feature=`. */
export function flagsRoute(environment: Environment): Route {
  return {
    path: "/api/v1/flags/",
    methods: ["GET", "HEAD"],
    vary: { answers: "X_ENVIRONMENT_KEY, Origin", refusals: "Origin" },
    offersHtml: false,
    handle({ document, query, keyKind }) {
      const flags = visibleFlags(document, keyKind);
      const name = query.get("feature");
      if (name === null) {
        return json(200, flags, { "x-flagsmith-document-updated-at": environment.updatedAtText });
      }
      const flag = findFlag(flags, name);
      return flag ? json(200, flag) : json(404, { detail: "Given feature not found" });
    },
  };
}

/** On the real server, hiding disabled flags takes the place of hiding server-key-only ones. */
function visibleFlags(document: WireDocument, keyKind: KeyKind): readonly WireFlag[] {
  const states = document.feature_states.filter((state) => {
    if (hidesDisabledFlags(document)) return state.enabled;
    return keyKind === "server" || !isServerKeyOnly(state.feature.id, document);
  });
  return states.map((state) => environmentFlag(state, document));
}
