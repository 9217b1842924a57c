import { createFlagsmithApi, type FlagsmithApi } from "@flagsmith-isomorphic/testing";
import { serveFlagsmithApi } from "@flagsmith-isomorphic/testing/node";
import { environmentDocument } from "recordings";
import { environmentKey } from "../client.ts";
import type { ApiAddress, Setup } from "../run-suite.ts";

/** Serves what a run of the suite needs, for as long as it takes. */
export async function withServedApis<T>(
  corporaUrl: string | undefined,
  run: (setup: Setup) => Promise<T>,
): Promise<T> {
  const options = { document: environmentDocument, environmentKey, realtime: true, control: true };
  const api = createFlagsmithApi(options);
  // Pages, to be followed by those who ask for the document there.
  const elsewhere = createFlagsmithApi({ ...options, pageSize: 2 });
  const served = [await serveTwice(api), await serveTwice(elsewhere)] as const;
  try {
    return await run({
      api: served[0].address,
      elsewhere: served[1].address,
      ...(corporaUrl !== undefined && { corporaUrl }),
    });
  } finally {
    await Promise.all(served.map(({ close }) => close()));
  }
}

/** Controlled from another port: connections that a fault has cut must not meet those of the control. */
async function serveTwice(api: FlagsmithApi) {
  const [asked, control] = [await serveFlagsmithApi(api), await serveFlagsmithApi(api)];
  return {
    address: { url: asked.url, controlOrigin: control.origin } satisfies ApiAddress,
    close: () => Promise.all([asked.close(), control.close()]),
  };
}
