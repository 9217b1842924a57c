import { Miniflare } from "miniflare";
import { type ContractResult, isSelected, type PlainCase, runCases } from "../contract.ts";
import type { SuiteSetup } from "../run-suite.ts";
import { createBrowserConditionCase } from "./browser-condition.ts";
import { bundleForEdge } from "./bundle.ts";
import { beginPost } from "./cancellable-post.ts";
import { createIsolateCases } from "./isolate-requests.ts";
import { fetchSuiteCases } from "./isolate-suite.ts";
import { createStoreCases, isolates, kvNamespaces } from "./store-requests.ts";

/** An isolate whose runtime has no `URL.canParse`, and reports a rejection that is handled a little later as unhandled. */
const oldIsolate = "old";
const oldDate = "2022-01-01";

/** Fetches the cases of the suite that show how the SDK depends on these. */
async function fetchOldDateCases(
  post: (path: string, body: object) => Promise<string>,
): Promise<readonly PlainCase[]> {
  const cases = await fetchSuiteCases(post, undefined);
  const selected =
    /^remote, (?:status \d+|redirect)|^local: (?:all pages|segments)|after close\(\)/;
  return cases
    .filter(({ name }) => selected.test(name))
    .map((each) => ({ ...each, name: `${each.name} (compatibility date ${oldDate})` }));
}

/** Runs in workerd the suite, and the cases about several requests to one of its isolates or to two. */
export async function runOnWorkerd(
  consumer: string,
  { corporaUrl, caseTexts }: Omit<SuiteSetup, "apisUrl" | "storeFolder">,
): Promise<ContractResult[]> {
  const script = await bundleForEdge(consumer, "on-workerd", {
    format: "esm",
    condition: "workerd",
  });
  const workers = new Miniflare({
    workers: [...isolates, oldIsolate].map((name) => ({
      name,
      routes: [`${name}/*`],
      modules: true,
      script,
      compatibilityDate: name === oldIsolate ? oldDate : "2026-07-01",
      // The isolates share these namespaces, because ids are global. They share the Cache API as well.
      kvNamespaces: Object.fromEntries(kvNamespaces.map((id) => [id, id])),
    })),
    cf: false,
  });
  try {
    const post = async (url: string, body: object) => {
      const init = { method: "POST", body: JSON.stringify(body) };
      return (await workers.dispatchFetch(url, init)).text();
    };
    const { href } = new URL("/isolate", await workers.ready);
    const postTo = (name: string) => (path: string, body: object) =>
      post(`http://${name}${path}`, body);
    const cases = [
      ...(await fetchSuiteCases(postTo("one"), corporaUrl)),
      ...(await fetchOldDateCases(postTo(oldIsolate))),
      ...createIsolateCases({
        send: async (body) => {
          const init = { method: "POST", body: JSON.stringify(body) };
          return (await fetch(href, init)).text();
        },
        begin: (body) => beginPost(href, body),
      }),
      createBrowserConditionCase(consumer),
      ...createStoreCases((url, init) => workers.dispatchFetch(url, init)),
    ];
    const results = await runCases(cases.filter(({ name }) => isSelected(caseTexts, name)));
    const unhandled = [...isolates, oldIsolate].map(
      async (name): Promise<ContractResult> => JSON.parse(await postTo(name)("/unhandled", {})),
    );
    return [...results, ...(await Promise.all(unhandled))];
  } finally {
    await workers.dispose();
  }
}
