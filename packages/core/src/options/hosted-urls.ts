/** The Flagsmith API of the hosted service. */
export const hostedApiUrl = "https://edge.api.flagsmith.com/api/v1/";

/** The events API of the hosted service. */
export const hostedEventsUrl = "https://events.api.flagsmith.com/";

/** The realtime service of the hosted service. */
export const hostedRealtimeUrl = "https://realtime.flagsmith.com/";

/** Adds the trailing slash to a base URL, if it is missing. */
export function withSlash(apiUrl: string): string {
  return apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`;
}
