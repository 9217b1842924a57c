/** The globals that tell browsers and apps from other runtimes. */
interface RuntimeGlobals {
  readonly process?: { readonly versions?: { readonly node?: unknown } };
  readonly navigator?: { readonly userAgent?: string; readonly product?: string };
  readonly window?: unknown;
  readonly document?: unknown;
  readonly location?: unknown;
  readonly importScripts?: unknown;
}

/**
 * Returns whether these are the globals of a page or a web worker in a browser, or of a React Native app, and not those
 * of a simulated DOM.
 */
export function isBrowserOrApp(globals: RuntimeGlobals): boolean {
  const { process, navigator, window, document, location, importScripts } = globals;
  // Test runners add a DOM to the globals of Node.js, Bun or Deno.
  if (process?.versions?.node !== undefined) return false;
  if (/jsdom|HappyDOM/.test(navigator?.userAgent ?? "")) return false;
  const isPage = window !== undefined && document !== undefined;
  // Isolates may have some globals of a web worker, but neither its location nor its loader.
  const isWebWorker = location !== undefined && typeof importScripts === "function";
  return isPage || isWebWorker || navigator?.product === "ReactNative";
}
