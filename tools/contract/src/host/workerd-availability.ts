import { createRequire } from "node:module";

/**
 * Returns why workerd cannot run on this machine, or `undefined` if it can. Miniflare and workerd are optional
 * dependencies, because workerd has packages for some systems only.
 */
export function findWorkerdUnavailability(): string | undefined {
  try {
    const miniflare = createRequire(import.meta.url).resolve("miniflare");
    createRequire(miniflare)("workerd");
    return undefined;
  } catch {
    return `no package for ${process.platform} on ${process.arch} is installed`;
  }
}
