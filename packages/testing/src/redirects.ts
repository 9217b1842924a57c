import { html, type Reply } from "./answer.ts";
import type { ApiRequest } from "./api-request.ts";

/** Statuses that send a client elsewhere. */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308;

const movedPath = "/moved";
const loopPattern = /^\/redirect-loop\/(30[12378])\/(\d+)(\/.*)$/;

/** A redirect to the same resource under another path of the same origin, which answers. */
export function sameOriginRedirect(
  { path, search }: ApiRequest,
  status: RedirectStatus,
  slash: boolean,
): Reply {
  const target = `${movedPath}${slash ? path : path.replace(/\/$/, "")}`;
  return redirectTo(locationOf(target, search), status);
}

/** A redirect to wherever the test says. */
export function redirectTo(location: string, status: RedirectStatus): Reply {
  return { ...html(status, ""), headers: { location } };
}

/** The first step into a chain of redirects that never ends. */
export function loopRedirect({ path, search }: ApiRequest, status: RedirectStatus): Reply {
  return redirectTo(locationOf(`/redirect-loop/${status}/1${path}`, search), status);
}

/** The next step of that chain, if the request is on it. */
export function nextOfLoop({ path, search }: ApiRequest): Reply | undefined {
  const [, status, step, rest] = loopPattern.exec(path) ?? [];
  if (status === undefined) return undefined;
  const target = `/redirect-loop/${status}/${Number(step) + 1}${rest}`;
  return redirectTo(locationOf(target, search), Number(status) as RedirectStatus);
}

/** The endpoint's own path: a moved resource also answers without the trailing slash. */
export function servedPath(path: string, routes: readonly { readonly path: string }[]): string {
  let served = path;
  while (served.startsWith(`${movedPath}/`)) served = served.slice(movedPath.length);
  const isKnown = served !== path && routes.some((route) => route.path === `${served}/`);
  return isKnown ? `${served}/` : served;
}

/** A path as a `Location` that no client can take for another origin. */
export function locationOf(path: string, search: string): string {
  return path.replace(/^\/{2,}/, "/") + search;
}
