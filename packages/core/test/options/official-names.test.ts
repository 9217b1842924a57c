import { expect, it } from "vitest";
import { DefaultFlag } from "../../src/flags/flag.ts";
import { BaseOfflineHandler } from "../../src/options/official-names.ts";
import type { FlagsmithOptions } from "../../src/options/options.ts";
import { parseOptions } from "../../src/options/parse-options.ts";
import { createRetryPolicy } from "../../src/platform/retry-policy.ts";
import { environmentDocument } from "../fake-environment.ts";
import {
  apiFlag,
  apiUrl,
  client,
  environmentKey,
  fakePlatform,
  json,
  localClient,
  recordingLogger,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

it.each(["updateEnvironment", "ready"] as const)(
  "%s rejects, but ends no process that does not await it",
  async (name) => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => void unhandled.push(reason);
    process.on("unhandledRejection", onUnhandled);
    const flagsmith = localClient(
      fakePlatform(() => status(503)),
      { retries: 0 },
    );
    void flagsmith[name]();
    await expect(flagsmith[name]()).rejects.toMatchObject({ code: "API_STATUS" });
    await flagsmith.close();
    void flagsmith[name]();
    await settle();
    process.off("unhandledRejection", onUnhandled);
    expect(unhandled).toEqual([]);
  },
);

it("getEnvironment loads the document as it is, and does not use it", async () => {
  let value = "first";
  const platform = fakePlatform(() => json(environmentDocument(value)));
  const flagsmith = localClient(platform);
  await flagsmith.ready();
  value = "second";
  expect(await flagsmith.getEnvironment()).toEqual(environmentDocument("second"));
  expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("first");
  expect(platform.requests).toHaveLength(2);
  await flagsmith.close();
  await expect(flagsmith.getEnvironment()).rejects.toMatchObject({ code: "CLOSED" });
});

it("getEnvironment rejects in remote mode, and reads the handler in offline mode", async () => {
  const remote = client(fakePlatform());
  await expect(remote.getEnvironment()).rejects.toMatchObject({ code: "NO_ENVIRONMENT" });
  class Handler extends BaseOfflineHandler {
    getEnvironment() {
      return environmentDocument("file");
    }
  }
  const offline = localClient(fakePlatform(), { offlineMode: true, offlineHandler: new Handler() });
  expect(await offline.getEnvironment()).toEqual(environmentDocument("file"));
  expect((await offline.getEnvironmentFlags()).getFeatureValue("banner")).toBe("file");
});

it("flags.flags is a record of all flags", async () => {
  const list = [apiFlag("banner"), apiFlag("__proto__"), apiFlag("off", { enabled: false })];
  const flags = await client(fakePlatform(() => json(list))).getEnvironmentFlags();
  expect(Object.keys(flags.flags)).toEqual(["banner", "__proto__", "off"]);
  expect(flags.flags["banner"]).toEqual(flags.getFlag("banner"));
  expect(flags.flags["unknown"]).toBeUndefined();
});

it("a default flag is marked as one", () => {
  expect(new DefaultFlag("blue", true)).toMatchObject({ isDefault: true, value: "blue" });
});

it("a default flag with an object as its value has JSON text", async () => {
  const logger = recordingLogger();
  const flagsmith = client(fakePlatform(), {
    logger,
    defaultFlagHandler: () => ({ enabled: false, isDefault: true, value: { colour: "#ababab" } }),
  });
  const flag = (await flagsmith.getEnvironmentFlags()).getFlag("secret_button");
  expect(flag).toMatchObject({ enabled: false, value: '{"colour":"#ababab"}', isDefault: true });
  expect(logger.warnings).toHaveLength(1);
});

it("flushEvents sends queued events", async () => {
  const platform = fakePlatform(() => json({}));
  const eventsApiUrl = "https://events.example/";
  const flagsmith = client(platform, {
    enableEvents: true,
    eventProcessorConfig: { eventsApiUrl, maxBuffer: 10, flushInterval: 100 },
  });
  flagsmith.trackEvent("checkout");
  await flagsmith.flushEvents();
  expect(platform.requests.map(({ url }) => url)).toEqual([`${eventsApiUrl}v1/events`]);
});

it("eventProcessorConfig needs no eventsApiUrl", () => {
  const parsed = parse({ eventProcessorConfig: { maxBuffer: 10 } });
  expect(parsed.eventsApiUrl).toBe(parse({}).eventsApiUrl);
});

it("eventsApiUrl has precedence over eventProcessorConfig", () => {
  const eventProcessorConfig = { eventsApiUrl: "https://old.example/" };
  const parsed = parse({ eventProcessorConfig, eventsApiUrl: "https://new.example/" });
  expect(parsed.eventsApiUrl).toBe("https://new.example/");
});

it("requestRetryDelayMilliseconds is the wait before each retry", async () => {
  const platform = fakePlatform((_request, count) => (count < 3 ? status(503) : json([])));
  const flagsmith = client(platform, { requestRetryDelayMilliseconds: 700, retries: 2 });
  await platform.clock.run(flagsmith.getEnvironmentFlags());
  expect(platform.clock.sleeps.filter((ms) => ms === 700)).toHaveLength(2);
});

it("requestRetryDelayMilliseconds keeps the number of retries and a policy", () => {
  const defaults = steadyPolicy(4, 100);
  const { retries } = parse({ requestRetryDelayMilliseconds: 0 });
  expect(createRetryPolicy(retries, defaults)).toMatchObject({ retries: 4 });
  expect(createRetryPolicy(retries, defaults).delay(1)).toBe(0);
  const none = parse({ requestRetryDelayMilliseconds: 0, retries: 0 });
  expect(createRetryPolicy(none.retries, defaults)).toMatchObject({ retries: 0 });
  const policy = { retries: 2, delay: () => 5 };
  expect(parse({ requestRetryDelayMilliseconds: 900, retries: policy }).retries).toBe(policy);
});

it("members without a value and those of an instance are ignored", () => {
  class Configuration {
    readonly configService = {};
    get environmentKey() {
      return "client-key";
    }
  }
  const options = { unknown: undefined, retries: undefined };
  expect(parse(options).retries).toBeUndefined();
  expect(parseOptions(new Configuration()).environmentKey).toBe("client-key");
});

it("an unknown member of a plain object is rejected, whatever its prototype", () => {
  for (const options of [{}, Object.create(null)]) {
    const misspelt = Object.assign(options, { environmentKey, apiURL: apiUrl });
    expect(() => parseOptions(misspelt)).toThrow('Did you mean "apiUrl"?');
  }
});

function parse(options: FlagsmithOptions) {
  return parseOptions({ environmentKey, apiUrl, ...options });
}
