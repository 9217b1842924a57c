/**
 * Finds the links between pages whose page or heading does not exist. VitePress checks pages only.
 *
 * @param pages - HTML of each page by its URL path.
 */
export function findBrokenLinks(pages: ReadonlyMap<string, string>): readonly string[] {
  const ids = new Map<string, ReadonlySet<string>>();
  const idsOn = (path: string, html: string) => {
    const known = ids.get(path);
    if (known !== undefined) return known;
    const found = new Set(Array.from(html.matchAll(/\sid="([^"]+)"/g), ([, id = ""]) => id));
    ids.set(path, found);
    return found;
  };
  const broken = new Set<string>();
  for (const [page, html] of pages) {
    for (const [, href = ""] of html.matchAll(/<a[^>]*\shref="([^"]+)"/g)) {
      const { origin, pathname, hash } = new URL(
        href.replaceAll("&amp;", "&"),
        `http://site${page}`,
      );
      if (origin !== "http://site") continue;
      const target = decodeURIComponent(pathname);
      const path = target.endsWith("/") ? `${target}index.html` : target;
      const text = pages.get(path) ?? pages.get(`${path}.html`);
      const id = decodeURIComponent(hash.slice(1));
      if (text === undefined) {
        if (!/\.(md|txt|svg)$/.test(path)) broken.add(`${page}: ${href}`);
      } else if (id !== "" && !idsOn(path, text).has(id)) broken.add(`${page}: ${href}`);
    }
  }
  return [...broken];
}
