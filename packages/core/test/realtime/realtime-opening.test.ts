import { describe, expect, it } from "vitest";
import { version } from "../../src/version.ts";
import { environmentDocument, storageWith } from "../fake-environment.ts";
import { allowNoUnhandledRejection, apiUrl, fixedRandom, json, settle } from "../fake-platform.ts";
import {
  apiKey,
  dated,
  dateOf,
  following,
  realtimeApiUrl,
  streaming,
  streamUrl,
  toldAt,
} from "./fake-realtime.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("the stream", () => {
  it("is opened once the first document is there, not by the constructor", async () => {
    let give = (_answer: Response) => {};
    const documents = () =>
      new Promise<Response>((resolve) => {
        give = resolve;
      });
    const { platform, flagsmith, connects, clock } = streaming({ documents });
    await settle();
    expect([platform.requests, clock.pending]).toEqual([[], 0]);
    const ready = flagsmith.ready();
    await settle();
    expect(connects()).toEqual([]);
    give(json(environmentDocument()));
    await ready;
    await settle();
    expect(connects()).toEqual([0]);
    await flagsmith.close();
  });

  it("is asked for with the document's key, and without any other of ours", async () => {
    const { platform, flagsmith } = await following({
      customHeaders: { "X-Tenant": "s3cr3t" },
      applicationMetadata: { name: "shop", version: "2" },
    });
    const userAgent = `flagsmith-isomorphic-fake/${version}`;
    expect(platform.requests[1]).toMatchObject({
      method: "GET",
      url: streamUrl,
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

  it("carries the custom headers where it is at the API's own origin", async () => {
    const { platform, flagsmith } = await following({
      customHeaders: { "X-Tenant": "a" },
      realtimeApiUrl: new URL("/realtime", apiUrl).href,
    });
    const { url, headers } = platform.requests[1] ?? expect.unreachable();
    expect(url).toContain("https://flags.example/realtime/sse/environments/");
    expect(headers).toMatchObject({ "x-tenant": "a" });
    expect(headers).not.toHaveProperty("x-environment-key");
    await flagsmith.close();
  });

  it("is followed by one check of the document, for what was changed before it was open", async () => {
    const { platform, flagsmith, loads, changes, value } = await following({
      documents: (request, count, usual) => {
        if (count === 1) return usual();
        expect(request.headers["if-modified-since"]).toBe(dated["Last-Modified"]);
        return json(environmentDocument(2, { api_key: apiKey, updated_at: dateOf(toldAt + 5) }));
      },
    });
    expect(loads()).toEqual([0, 0]);
    expect(await value()).toBe(2);
    expect(changes).toHaveLength(2);
    expect(platform.requests).toHaveLength(3);
    await flagsmith.close();
  });

  it("is followed by a check of its own where a load is under way, which may have begun before", async () => {
    let give = (_answer: Response) => {};
    let open = () => {};
    const { flagsmith, loads, served, value } = await following({
      stream: (_request, _count, usual) =>
        new Promise((resolve) => {
          open = () => resolve(usual());
        }),
      documents: (_request, count, usual) =>
        count !== 2
          ? usual()
          : new Promise((resolve) => {
              give = resolve;
            }),
    });
    const update = flagsmith.updateEnvironment();
    await settle();
    const old = json(served.document());
    served.put(2, 5);
    open();
    await settle();
    expect(loads()).toHaveLength(2);
    give(old);
    await update;
    await settle();
    expect(loads()).toHaveLength(3);
    expect(await value()).toBe(2);
    await flagsmith.close();
  });

  it("is opened for a document of the storage as well", async () => {
    const { flagsmith, connects, loads, value } = await following({
      storage: storageWith(1000, { document: environmentDocument(0, { api_key: apiKey }) }),
    });
    expect([connects(), loads()]).toEqual([[0], [0]]);
    expect(await value()).toBe(1);
    await flagsmith.close();
  });

  it("is not opened in offline mode", async () => {
    const { platform, flagsmith } = streaming({
      offlineMode: true,
      offlineHandler: { getEnvironment: () => environmentDocument() },
    });
    await flagsmith.ready();
    await settle();
    expect(platform.requests).toEqual([]);
  });

  it("moves with the key of the document, and leaves the old one", async () => {
    const { flagsmith, platform, streams, served, stream } = await following();
    stream().tell(served.put(2, 5, { api_key: "other" }));
    await settle();
    expect(streams.opened.map(({ request }) => request.url)).toEqual([
      streamUrl,
      `${realtimeApiUrl}sse/environments/other/stream`,
    ]);
    expect(streams.opened.map(({ isLeft }) => isLeft())).toEqual([true, false]);
    const requests = platform.requests.length;
    await flagsmith.updateEnvironment();
    await settle();
    expect(platform.requests).toHaveLength(requests + 1);
    await flagsmith.close();
  });
});
