import { Window } from "happy-dom";
import { expect, it } from "vitest";
import { isBrowserOrApp } from "../src/is-browser-or-app.ts";

const navigator = { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0" };
const page = { navigator, window: {}, document: {}, location: {} };
const webWorker = { navigator, location: {}, importScripts: () => undefined };

it("recognizes a page and a web worker", () => {
  expect(isBrowserOrApp(page)).toBe(true);
  expect(isBrowserOrApp(webWorker)).toBe(true);
});

it("recognizes a page for which a bundler replaces process", () => {
  expect(isBrowserOrApp({ ...page, process: {} })).toBe(true);
  expect(isBrowserOrApp({ ...page, process: { versions: {} } })).toBe(true);
});

it("does not take a simulated DOM for a page", () => {
  expect(isBrowserOrApp(new Window() as object)).toBe(false);
  const jsdom = {
    userAgent: "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/26",
  };
  expect(isBrowserOrApp({ ...page, navigator: jsdom })).toBe(false);
  expect(isBrowserOrApp({ ...page, process: { versions: { node: "24.0.0" } } })).toBe(false);
});

it("does not take a server or an isolate for a browser", () => {
  expect(isBrowserOrApp({})).toBe(false);
  expect(isBrowserOrApp(globalThis)).toBe(false);
  expect(isBrowserOrApp({ navigator: { userAgent: "Cloudflare-Workers" } })).toBe(false);
  expect(isBrowserOrApp({ location: {} })).toBe(false);
});
