import type { Reply } from "../answer.ts";
import type { ApiRequest } from "../api-request.ts";
import type { WireDocument } from "../environment-document.ts";
import type { KeyKind } from "../wire-flag.ts";

/** What a route is asked, after the key, the method and the `Accept` header were found good. */
export interface RouteContext {
  readonly request: ApiRequest;
  readonly query: URLSearchParams;
  readonly document: WireDocument;
  readonly keyKind: KeyKind;
}

/** One endpoint. */
export interface Route {
  readonly path: string;
  /** As in the `Allow` header, without OPTIONS. */
  readonly methods: readonly string[];
  /** `Vary` of its own answers, and of its refusals. */
  readonly vary: { readonly answers: string; readonly refusals: string };
  /** Whether a browser that asks for HTML gets a page. */
  readonly offersHtml: boolean;
  /** A client-side key is refused as if it were missing. */
  readonly serverKeyOnly?: boolean;
  handle(context: RouteContext): Reply | Promise<Reply>;
}

/** What routes with several renderers send. */
export const varyAccept: Route["vary"] = {
  answers: "Accept, Origin",
  refusals: "Accept, Origin",
};
