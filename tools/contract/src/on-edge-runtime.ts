// A script for the Vercel Edge Runtime, which hands requests to event listeners.
import { handleIsolateRequest } from "./isolate-requests.ts";
import { handleLastRequest, handleSuiteRequest } from "./on-edge.ts";

/** The part of a fetch event that is used here. */
interface FetchEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}
declare function addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;

addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  const answer = async () => {
    if (pathname === "/suite") return handleSuiteRequest(event.request);
    if (pathname === "/last") return handleLastRequest();
    return handleIsolateRequest(event.request, event);
  };
  event.respondWith(answer());
});
