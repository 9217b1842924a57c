import { respond } from "./respond.ts";

/** The part of a fetch event that is used here. */
interface FetchEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
declare function addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;

addEventListener("fetch", (event) => event.respondWith(respond(event.request)));
