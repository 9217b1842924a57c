import {
  createFlagsmithApi,
  type FlagsmithApi,
  type WireDocument,
} from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument } from "recordings";

/** What an example finds in its environment. */
export interface Settings extends Readonly<Record<string, string>> {
  readonly FLAGSMITH_ENVIRONMENT_KEY: string;
  readonly FLAGSMITH_API_URL: string;
}

/** An API for examples, and what tells them of it. */
export interface ExampleApi {
  readonly api: FlagsmithApi;
  readonly settings: Settings;
}

/** Serves the recorded environment for as long as the run takes. */
export async function withExampleApi<T>(run: (served: ExampleApi) => Promise<T>): Promise<T> {
  const api = createFlagsmithApi({ document: quietDocument() });
  const served = await serveFlagsmithApi(api);
  const settings = {
    FLAGSMITH_ENVIRONMENT_KEY: api.environmentKey,
    FLAGSMITH_API_URL: served.url,
  };
  try {
    return await run({ api, settings });
  } finally {
    await served.close();
  }
}

/** Changes one flag of the environment, for those who have no override of it. */
export function changeFlag(
  api: FlagsmithApi,
  name: string,
  change: { readonly enabled?: boolean; readonly feature_state_value?: number },
): void {
  api.updateDocument(({ feature_states }) => {
    const state = feature_states.find(({ feature }) => feature.name === name);
    if (state === undefined) throw new Error(`The environment has no flag ${name}.`);
    Object.assign(state, change);
  });
}

/** The recorded document without the segment of which clients must warn. */
function quietDocument(): WireDocument {
  const { project } = environmentDocument;
  const segments = project.segments?.filter(({ name }) => name !== "bad_regex");
  return { ...environmentDocument, project: { ...project, ...(segments && { segments }) } };
}
