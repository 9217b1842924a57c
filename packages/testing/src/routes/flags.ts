import { json, type RouteResponse } from "../api-response.ts";
import type { Route } from "../router.ts";
import type { ServedEnvironment } from "../served-environment.ts";
import { findFlag, listEnvironmentFlags, type WireFlag } from "../wire-flags.ts";

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
      return respondWithFlag(flags, name);
    },
  };
}

/** Responds with the flag that the query `?feature=` names. */
export function respondWithFlag(
  flags: readonly WireFlag[],
  name: string,
  headers?: RouteResponse["headers"],
): RouteResponse {
  const flag = findFlag(flags, name);
  return flag ? json(200, flag, headers) : json(404, { detail: "Given feature not found" });
}
