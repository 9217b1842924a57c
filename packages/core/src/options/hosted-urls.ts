/** Where the hosted Flagsmith API is. */
export const hostedApiUrl = "https://edge.api.flagsmith.com/api/v1/";

/** Where the hosted service takes events. */
export const hostedEventsUrl = "https://events.api.flagsmith.com/";

/** Where the hosted service tells of changes. */
export const hostedRealtimeUrl = "https://realtime.flagsmith.com/";

/** The same base with its trailing slash: without it the API redirects. */
export function withSlash(apiUrl: string): string {
  return apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`;
}
