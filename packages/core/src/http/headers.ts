import type { ParsedOptions } from "../options/parse-options.ts";
import { version } from "../version.ts";
import { readOrigin } from "./fetch.ts";

/** Creates the headers for requests to a URL. Custom headers are sent only to the origin of `apiUrl`. */
export function createHeaders(
  url: string,
  options: ParsedOptions,
  platformName: string,
): Record<string, string> {
  const { apiUrl, customHeaders, environmentKey, applicationMetadata } = options;
  const userAgent = `flagsmith-isomorphic-${platformName}/${version}`;
  return {
    ...(readOrigin(url) === readOrigin(apiUrl) && customHeaders),
    Accept: "application/json",
    "User-Agent": userAgent,
    "Flagsmith-SDK-User-Agent": userAgent,
    "X-Environment-Key": environmentKey,
    ...(applicationMetadata && { "Flagsmith-Application-Name": applicationMetadata.name }),
    ...(applicationMetadata?.version && {
      "Flagsmith-Application-Version": applicationMetadata.version,
    }),
  };
}
