// A script for the Vercel Edge Runtime, which hands requests to event listeners.
import { edgeConfigStore } from "@flagsmith-isomorphic/edge";
import { createClient } from "@vercel/edge-config";
import { handleIsolateRequest } from "./isolate-requests.ts";
import { handleCaseListRequest, handleCaseRequest, handleUnhandledRequest } from "./on-edge.ts";
import { handleStoreRequest } from "./store-requests.ts";

/** The part of a fetch event that is used here. */
interface FetchEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}
declare function addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;

addEventListener("fetch", (event) => event.respondWith(answer(event)));

async function answer(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (pathname === "/cases") return handleCaseListRequest(request);
  if (pathname === "/case") return handleCaseRequest(request);
  if (pathname === "/unhandled") return handleUnhandledRequest();
  if (pathname === "/isolate") return handleIsolateRequest(request, event);
  return handleStoreRequest(request, event, ({ place }) => edgeConfigStore(createClient(place)));
}
