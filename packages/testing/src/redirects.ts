import type { ApiRequest } from "./api-request.ts";
import { html, type RouteResponse } from "./api-response.ts";

/** Status codes of redirects. */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308;

const movedPath = "/moved";
const loopPattern = /^\/redirect-loop\/(30[12378])\/(\d+)(\/.*)$/;

/** Redirects to any URL. */
export function redirectTo(location: string, status: RedirectStatus): RouteResponse {
  return { ...html(status, ""), headers: { location } };
}

/** Redirects to a working path of the same origin, with or without its trailing slash. */
export function redirectToMovedPath(
  { path, search }: ApiRequest,
  status: RedirectStatus,
  hasSlash: boolean,
): RouteResponse {
  const target = `${movedPath}${hasSlash ? path : path.replace(/\/$/, "")}`;
  return redirectTo(createLocation(target, search), status);
}

/** Resolves a moved path to the endpoint's own. Moved paths also work without the trailing slash. */
export function resolveMovedPath(
  path: string,
  routes: readonly { readonly path: string }[],
): string {
  let resolved = path;
  while (resolved.startsWith(`${movedPath}/`)) resolved = resolved.slice(movedPath.length);
  const lacksSlash = resolved !== path && routes.some((route) => route.path === `${resolved}/`);
  return lacksSlash ? `${resolved}/` : resolved;
}

/** Redirects into an endless chain of redirects. */
export function startRedirectLoop(
  { path, search }: ApiRequest,
  status: RedirectStatus,
): RouteResponse {
  return redirectTo(createLocation(`/redirect-loop/${status}/1${path}`, search), status);
}

/** Returns the next redirect of the chain, or `undefined` if the path does not belong to one. */
export function continueRedirectLoop({ path, search }: ApiRequest): RouteResponse | undefined {
  const [, status, step, rest] = loopPattern.exec(path) ?? [];
  if (status === undefined) return undefined;
  const target = `/redirect-loop/${status}/${Number(step) + 1}${rest}`;
  return redirectTo(createLocation(target, search), Number(status) as RedirectStatus);
}

/** Creates a `Location` with a single leading slash: clients read `//host` as another origin. */
export function createLocation(path: string, search: string): string {
  return path.replace(/^\/{2,}/, "/") + search;
}
