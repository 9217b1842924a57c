/** Where the hosted Flagsmith API is. */
export const hostedApiUrl = "https://edge.api.flagsmith.com/api/v1/";

/** The same base with its trailing slash: without it the API redirects. */
export function withSlash(apiUrl: string): string {
  return apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`;
}
