import {
  createFlagsmithApi,
  type FlagsmithApi,
  type WireDocument,
} from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument } from "recordings";

/** Environment variables of an example. */
export interface ExampleSettings extends Readonly<Record<string, string>> {
  readonly FLAGSMITH_ENVIRONMENT_KEY: string;
  readonly FLAGSMITH_API_URL: string;
}

/** An API for examples, and the settings that point to it. */
export interface ExampleApi {
  readonly api: FlagsmithApi;
  readonly settings: ExampleSettings;
}

/** Serves the recorded environment until `run` settles. */
export async function withExampleApi<T>(run: (served: ExampleApi) => Promise<T>): Promise<T> {
  const api = createFlagsmithApi({ document: removeBrokenSegment() });
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

/** Changes a flag of the environment. Identities with an override keep theirs. @throws Error if there is no such flag */
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

/** Returns the recorded document without the segment about which clients warn. */
function removeBrokenSegment(): WireDocument {
  const { project } = environmentDocument;
  const segments = project.segments?.filter(({ name }) => name !== "bad_regex");
  return { ...environmentDocument, project: { ...project, ...(segments && { segments }) } };
}
