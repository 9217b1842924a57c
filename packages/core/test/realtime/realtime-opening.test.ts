import { describe, expect, it } from "vitest";
import { version } from "../../src/version.ts";
import { environmentDocument, storageWith } from "../fake-environment.ts";
import { allowNoUnhandledRejection, apiUrl, fixedRandom, json, settle } from "../fake-platform.ts";
import {
  apiKey,
  changedAt,
  createFollowingClient,
  createRealtimeClient,
  streamUrl,
  toIsoDate,
} from "./fake-realtime.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("the stream", () => {
  it("opens after the first load, not in the constructor", async () => {
    let resolveLoad = (_response: Response) => {};
    const documents = () =>
      new Promise<Response>((resolve) => {
        resolveLoad = resolve;
      });
    const { platform, flagsmith, connects, clock } = createRealtimeClient({ documents });
    await settle();
    expect([platform.requests, clock.pending]).toEqual([[], 0]);
    const ready = flagsmith.ready();
    await settle();
    expect(connects()).toEqual([]);
    resolveLoad(json(environmentDocument()));
    await ready;
    await settle();
    expect(connects()).toEqual([0]);
    await flagsmith.close();
  });

  it("is requested with the document's key and no other secret", async () => {
    const { platform, flagsmith } = await createFollowingClient({
      customHeaders: { "X-Tenant": "s3cr3t" },
      applicationMetadata: { name: "shop", version: "2" },
    });
    const userAgent = `flagsmith-isomorphic-fake/${version}`;
    expect(platform.requests[1]).toMatchObject({
      method: "GET",
      url: streamUrl,
      init: { keepalive: false },
      headers: {
        accept: "text/event-stream",
        "user-agent": userAgent,
        "flagsmith-sdk-user-agent": userAgent,
        "flagsmith-application-name": "shop",
        "flagsmith-application-version": "2",
      },
    });
    expect(platform.requests[1]?.headers).not.toHaveProperty("x-environment-key");
    expect(platform.requests[1]?.headers).not.toHaveProperty("x-tenant");
    await flagsmith.close();
  });

  it("has the custom headers if it is at the API's origin", async () => {
    const { platform, flagsmith } = await createFollowingClient({
      customHeaders: { "X-Tenant": "a" },
      realtimeApiUrl: new URL("/realtime", apiUrl).href,
    });
    const { url, headers } = platform.requests[1] ?? expect.unreachable();
    expect(url).toContain("https://flags.example/realtime/sse/environments/");
    expect(headers).toMatchObject({ "x-tenant": "a" });
    expect(headers).not.toHaveProperty("x-environment-key");
    await flagsmith.close();
  });

  it("is followed by one load, for changes made before it opened", async () => {
    const { platform, flagsmith, loads, changes, value } = await createFollowingClient({
      documents: (_request, count, respond) => {
        if (count === 1) return respond();
        return json(
          environmentDocument(2, { api_key: apiKey, updated_at: toIsoDate(changedAt + 5) }),
        );
      },
    });
    expect(loads()).toEqual([0, 0]);
    expect(await value()).toBe(2);
    expect(changes).toHaveLength(2);
    expect(platform.requests).toHaveLength(3);
    await flagsmith.close();
  });

  it("is followed by a load of its own if one is already in flight", async () => {
    const { flagsmith, loads, served, value, update, open, resolveLoad } = await startSecondLoad();
    const old = json(served.document());
    served.put(2, 5);
    open();
    await settle();
    expect(loads()).toHaveLength(2);
    resolveLoad(old);
    await update;
    await settle();
    expect(loads()).toHaveLength(3);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("causes no load if it is lost before the load in flight ends", async () => {
    const { flagsmith, loads, served, stream, update, open, resolveLoad } = await startSecondLoad();
    open();
    await settle();
    stream().end();
    await settle();
    resolveLoad(json(served.document()));
    await update;
    await settle();
    expect(loads()).toHaveLength(2);
    await flagsmith.close();
  });

  it("opens for a stored document as well", async () => {
    const { flagsmith, connects, loads, value } = await createFollowingClient({
      storage: storageWith(1000, { document: environmentDocument(0, { api_key: apiKey }) }),
    });
    expect([connects(), loads()]).toEqual([[0], [0]]);
    expect(await value()).toBe(1);
    await flagsmith.close();
  });

  it("does not open in offline mode", async () => {
    const { platform, flagsmith } = createRealtimeClient({
      offlineMode: true,
      offlineHandler: { getEnvironment: () => environmentDocument() },
    });
    await flagsmith.ready();
    await settle();
    expect(platform.requests).toEqual([]);
  });

  it("stays if a document of another environment arrives", async () => {
    const { flagsmith, streams, served, stream, value, changes } = await createFollowingClient();
    stream().sendChange(served.put(2, 5, { api_key: "other" }));
    await settle();
    expect(streams.opened).toHaveLength(1);
    expect(await value()).toBe(1);
    expect(changes.at(-1)).toBe("INVALID_RESPONSE");
    await flagsmith.close();
  });
});

/** Starts a client whose stream opens, and whose second load ends, when the test says so. */
async function startSecondLoad() {
  let resolveLoad = (_response: Response) => {};
  let open = () => {};
  const client = await createFollowingClient({
    stream: (_request, _count, respond) =>
      new Promise((resolve) => {
        open = () => resolve(respond());
      }),
    documents: (_request, count, respond) =>
      count !== 2
        ? respond()
        : new Promise((resolve) => {
            resolveLoad = resolve;
          }),
  });
  const update = client.flagsmith.updateEnvironment();
  await settle();
  return { ...client, update, open, resolveLoad };
}
