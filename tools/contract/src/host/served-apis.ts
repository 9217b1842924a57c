import { createFlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument } from "recordings";
import { environmentKey } from "../client.ts";
import type { Setup } from "../run-suite.ts";

/** Serves what a run of the suite needs, for as long as it takes. */
export async function withServedApis<T>(
  corporaUrl: string | undefined,
  run: (setup: Setup) => Promise<T>,
): Promise<T> {
  const options = { document: environmentDocument, environmentKey, control: true };
  const api = await serveFlagsmithApi(createFlagsmithApi(options));
  // Pages, to be followed by those who ask for the document there.
  const elsewhere = await serveFlagsmithApi(createFlagsmithApi({ ...options, pageSize: 2 }));
  try {
    return await run({
      url: api.url,
      elsewhereUrl: elsewhere.url,
      ...(corporaUrl !== undefined && { corporaUrl }),
    });
  } finally {
    await Promise.all([api.close(), elsewhere.close()]);
  }
}
