/**
 * Makes Next.js 13 to 16 send a request as if no page was being rendered. Timers and promises belong to the render that
 * has created them. There a report would make a static page fail, and later itself.
 */
export const outsideRender = { next: { internal: true } } as const;

/** The errors of Next.js 13 to 16, as `unstable_rethrow()` of Next.js recognizes them. */
const digests =
  /^(NEXT_(REDIRECT|HTTP_ERROR_FALLBACK);.*|NEXT_NOT_FOUND|NEXT_PRERENDER_INTERRUPTED|DYNAMIC_SERVER_USAGE|BAILOUT_TO_CLIENT_SIDE_RENDERING|HANGING_PROMISE_REJECTION)$/s;

/**
 * Whether Next.js threw an error to stop rendering, for example because a static page must become dynamic.
 * Next.js expects to catch it unchanged. Other errors can also have a `digest`.
 */
export function isRenderSignal(error: unknown): boolean {
  const digest: unknown = Object(error).digest;
  return typeof digest === "string" && digests.test(digest);
}
