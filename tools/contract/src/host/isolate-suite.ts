import type { ContractResult, PlainCase } from "../contract.ts";
import type { CaseListRequest, CaseRequest, ListedCase } from "../on-edge.ts";
import { withCaseApis } from "./served-apis.ts";

/** Sends a POST to the isolate. Resolves to the text of the response. */
type PostToIsolate = (path: string, body: object) => Promise<string>;

/** Fetches the cases that run inside the isolate. Each runs within a request of its own. */
export async function fetchSuiteCases(
  post: PostToIsolate,
  corporaUrl: string | undefined,
): Promise<readonly PlainCase[]> {
  const corpora = corporaUrl === undefined ? {} : { corporaUrl };
  const list: readonly ListedCase[] = JSON.parse(
    await post("/cases", { ...corpora } satisfies CaseListRequest),
  );
  return list.map((listed, index) => ({
    ...listed,
    run: () =>
      withCaseApis(async (apis) => {
        const body: CaseRequest = { ...corpora, index, apis };
        const { failure }: ContractResult = JSON.parse(await post("/case", body));
        if (failure !== undefined) throw new Error(failure);
      }),
  }));
}
