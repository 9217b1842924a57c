import { json } from "../api-response.ts";
import type { Route } from "../router.ts";
import type { ServedEnvironment } from "../served-environment.ts";
import { findFlag, listEnvironmentFlags } from "../wire-flags.ts";

/** Creates `GET flags/`: the environment's flags without an identity, or one of them by `?feature=`. */
export function createFlagsRoute(environment: ServedEnvironment): Route {
  return {
    path: "/api/v1/flags/",
    methods: ["GET", "HEAD"],
    vary: "X_ENVIRONMENT_KEY, Origin",
    offersHtml: false,
    handle({ document, query, keyKind }) {
      const flags = listEnvironmentFlags(document, keyKind);
      const name = query.get("feature");
      if (name === null) {
        return json(200, flags, {
          "x-flagsmith-document-updated-at": environment.readHeaderDate().text,
        });
      }
      const flag = findFlag(flags, name);
      return flag ? json(200, flag) : json(404, { detail: "Given feature not found" });
    },
  };
}
