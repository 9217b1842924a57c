import { describe, expect, it } from "vitest";
import { documentResponse, memoryStorage, offlineHandlerWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  client,
  fakeIsolate,
  fakePlatform,
  localClient,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

/** An isolate, whose API returns these documents in turn. */
function createIsolateClient(values: readonly unknown[], storage = memoryStorage()) {
  const platform = fakeIsolate((_request, count) => documentResponse(values[count - 1]));
  return localClient(platform, { storage });
}

describe("updateEnvironment() resolves to", () => {
  it.each([
    ["true", "other", true],
    ["false", "same", false],
  ])("%s if the document in memory is replaced by the %s one", async (_name, next, isChanged) => {
    const values = ["same", next];
    const platform = fakePlatform((_request, count) => documentResponse(values[count - 1]));
    const flagsmith = localClient(platform);
    await flagsmith.ready();
    expect(await flagsmith.updateEnvironment()).toBe(isChanged);
    await flagsmith.close();
  });

  it.each([
    ["false for the stored document", "stored", false],
    ["true for another document than the stored one", "other", true],
  ])("%s if there is none in memory", async (_name, next, isChanged) => {
    const storage = memoryStorage();
    await createIsolateClient(["stored"], storage).updateEnvironment();
    expect(await createIsolateClient([next], storage).updateEnvironment()).toBe(isChanged);
  });

  it("true if neither memory nor the storage has a document", async () => {
    expect(await createIsolateClient(["first"]).updateEnvironment()).toBe(true);
  });

  it("true if the storage fails", async () => {
    const storage = {
      ...memoryStorage(),
      getItem: () => Promise.reject(new Error("down")),
      setItem: undefined,
    };
    const platform = fakePlatform(() => documentResponse());
    const flagsmith = localClient(platform, { storage });
    expect(await flagsmith.updateEnvironment()).toBe(true);
    await flagsmith.close();
  });

  it("true in offline mode and false in remote mode", async () => {
    const platform = fakePlatform();
    const options = { offlineMode: true, offlineHandler: offlineHandlerWith() };
    expect(await localClient(platform, options).updateEnvironment()).toBe(true);
    expect(await client(platform).updateEnvironment()).toBe(false);
  });
});
