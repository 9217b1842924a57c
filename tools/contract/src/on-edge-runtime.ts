// A script for the Vercel Edge Runtime, which hands requests to event listeners.
import { handleIsolateRequest } from "./isolate-requests.ts";
import { handleSuiteRequest } from "./on-edge.ts";

/** The part of a fetch event that is used here. */
interface FetchEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}
declare function addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;

addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  const isSuite = pathname === "/suite";
  event.respondWith(
    isSuite ? handleSuiteRequest(event.request) : handleIsolateRequest(event.request, event),
  );
});
