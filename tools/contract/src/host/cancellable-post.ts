import { request } from "node:http";

/** A request whose client can go away before it is answered. */
export interface CancellablePost {
  /** Done when the connection is gone. */
  cancel(): Promise<void>;
}

/**
 * Posts over a connection of its own. To cancel, that is reset: workerd cancels what it runs for a
 * client at a reset, while of an end (all that an aborted `fetch` sends) it learns no sooner than it
 * writes its answer.
 */
export function beginPost(href: string, body: object): CancellablePost {
  const post = request(href, { method: "POST", agent: false });
  const ended = new Promise<void>((resolve, reject) => {
    post.once("error", () => resolve());
    post.once("response", ({ statusCode }) =>
      reject(new Error(`answered with ${statusCode} before it was cancelled`)),
    );
  });
  // Told to whoever cancels.
  ended.catch(() => undefined);
  post.end(JSON.stringify(body));
  return {
    cancel: () => {
      post.socket?.resetAndDestroy();
      return ended;
    },
  };
}
