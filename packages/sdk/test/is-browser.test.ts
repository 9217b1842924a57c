import { Window } from "happy-dom";
import { expect, it } from "vitest";
import { isBrowser } from "../src/is-browser.ts";

const navigator = { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0" };
const page = { navigator, window: {}, document: {}, location: {} };
const webWorker = { navigator, location: {}, importScripts: () => undefined };

it("recognizes a page and a web worker", () => {
  expect(isBrowser(page)).toBe(true);
  expect(isBrowser(webWorker)).toBe(true);
});

it("recognizes a page for which a bundler replaces process", () => {
  expect(isBrowser({ ...page, process: {} })).toBe(true);
  expect(isBrowser({ ...page, process: { versions: {} } })).toBe(true);
});

it("does not take a simulated DOM for a page", () => {
  expect(isBrowser(new Window() as object)).toBe(false);
  const jsdom = {
    userAgent: "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/26",
  };
  expect(isBrowser({ ...page, navigator: jsdom })).toBe(false);
  expect(isBrowser({ ...page, process: { versions: { node: "24.0.0" } } })).toBe(false);
});

it("does not take a server or an isolate for a browser", () => {
  expect(isBrowser({})).toBe(false);
  expect(isBrowser(globalThis)).toBe(false);
  expect(isBrowser({ navigator: { userAgent: "Cloudflare-Workers" } })).toBe(false);
  expect(isBrowser({ location: {} })).toBe(false);
});
