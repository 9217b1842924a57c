import type { ParsedOptions } from "../options/parse-options.ts";
import { version } from "../version.ts";
import { readOrigin } from "./fetch.ts";

/** Creates the headers of every request to that URL. Custom headers are only sent to the API's own origin. */
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
