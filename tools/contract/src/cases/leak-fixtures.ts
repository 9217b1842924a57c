import type { FlagsmithOptions } from "@flagsmith-isomorphic/core";
import type { WireDocument } from "@flagsmith-isomorphic/testing";
import type { ContractContext } from "../contract.ts";

/** Creates a `fetch` without connections. It returns the document and accepts all reports. */
export function createDocumentFetch(
  document: () => unknown,
): NonNullable<FlagsmithOptions["fetch"]> {
  return async (_url, { method }) =>
    method === "GET" ? Response.json(document()) : new Response(null, { status: 200 });
}

/** Returns a document with few features, so that the leaks of a client weigh more than its document. */
export async function createSmallDocument({ api }: ContractContext): Promise<WireDocument> {
  const document = await api.control.document();
  return {
    ...document,
    identity_overrides: [],
    feature_states: document.feature_states.slice(0, 5),
    project: { ...document.project, segments: [] },
  };
}
