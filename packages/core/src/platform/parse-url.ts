/**
 * Returns `undefined` for an invalid URL. Does not use `URL.canParse`, which older versions of jsdom and Workers with a
 * compatibility date before 2022-10-31 do not have.
 */
export function parseUrl(url: string, base?: string): URL | undefined {
  try {
    return new URL(url, base);
  } catch {
    return undefined;
  }
}
