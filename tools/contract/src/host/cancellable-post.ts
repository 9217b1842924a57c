import { request } from "node:http";

/** A request whose client can disconnect before the response arrives. */
export interface CancellablePost {
  /** Resets the connection. Resolves to whether this happened before a response arrived. Never rejects. */
  cancel(): Promise<boolean>;
}

/**
 * Posts over a connection of its own. `cancel()` resets that connection, because workerd cancels a
 * request as soon as its client resets the connection. An aborted `fetch` only ends the connection,
 * and workerd does not notice that before it writes the response.
 */
export function beginPost(href: string, body: object): CancellablePost {
  const post = request(href, { method: "POST", agent: false });
  const isCancelled = new Promise<boolean>((resolve) => {
    post.on("error", () => resolve(true));
    post.once("response", (response) => {
      response.resume();
      resolve(false);
    });
  });
  post.end(JSON.stringify(body));
  return {
    cancel: () => {
      if (post.socket) post.socket.resetAndDestroy();
      else post.destroy();
      return isCancelled;
    },
  };
}
