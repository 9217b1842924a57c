import { expect, it } from "vitest";
import { Flagsmith } from "../src/flagsmith.ts";
import { localEvaluation } from "../src/local.ts";
import type { FlagsmithOptions } from "../src/options/options.ts";
import { realtimeUpdates } from "../src/realtime.ts";
import { backgroundDelivery } from "../src/reporting/background-delivery.ts";
import { memoryStorage, offlineHandlerWith } from "./fake-environment.ts";
import { catchError, environmentKey, fakePlatform, recordingLogger } from "./fake-platform.ts";

const defaultFlagHandler = () => ({ enabled: true });
const local = { local: localEvaluation };

function createClient(
  options: Partial<FlagsmithOptions>,
  modules: object,
  platform = fakePlatform(),
) {
  return new Flagsmith({ logger: recordingLogger(), ...options }, platform, {
    delivery: backgroundDelivery,
    ...modules,
  });
}

const realtime = { realtimeApiUrl: "https://realtime.example" };

const rejected: Record<string, readonly [options: object, message: string, modules?: object]> = {
  "local evaluation with a client-side key": [
    { environmentKey: "client-key", enableLocalEvaluation: true },
    "Option environmentKey must be a server-side key, ser.…, for local evaluation.",
  ],
  "local evaluation with a key that contains ser. elsewhere": [
    { environmentKey: "my-ser.key", enableLocalEvaluation: true },
    "Option environmentKey must be a server-side key, ser.…, for local evaluation.",
  ],
  "local evaluation without a key": [
    { enableLocalEvaluation: true },
    "Option environmentKey is required: see SDK Keys in Flagsmith.",
  ],
  "remote evaluation without a key": [
    { offlineHandler: offlineHandlerWith() },
    "Option environmentKey is required: see SDK Keys in Flagsmith.",
  ],
  "offline mode without a handler": [
    { environmentKey, offlineMode: true },
    'Option offlineMode needs an offlineHandler, a defaultFlagHandler or onFailure: "empty".',
  ],
  "offline mode with an empty key": [
    { environmentKey: "", offlineMode: true, defaultFlagHandler },
    "Option environmentKey must be a non-empty key of printable ASCII characters without spaces.",
  ],
  "local evaluation without its module": [
    { environmentKey, enableLocalEvaluation: true },
    "Option enableLocalEvaluation is not supported by this adapter.",
    {},
  ],
  "an offline handler without the module of local evaluation": [
    { environmentKey, offlineHandler: offlineHandlerWith() },
    "Option offlineHandler is not supported by this adapter.",
    {},
  ],
  "a storage without the module of local evaluation": [
    { environmentKey, storage: { getItem: () => null } },
    "Option storage is not supported by this adapter.",
    {},
  ],
  "offline mode without the module of local evaluation": [
    { offlineMode: true, defaultFlagHandler },
    "Option offlineMode is not supported by this adapter.",
    {},
  ],
  "announcements of changes in an isolate": [
    { environmentKey, enableLocalEvaluation: true, changes: { subscribe: () => () => undefined } },
    "Option changes is not supported by this adapter: use a storage.",
    { local: localEvaluation },
  ],
  "realtime updates in an isolate": [
    { environmentKey, enableLocalEvaluation: true, enableRealtimeUpdates: true, ...realtime },
    "Option enableRealtimeUpdates is not supported by this adapter: use createWebhookHandler with a storage instead.",
    { local: localEvaluation },
  ],
  "realtime updates without their module, whatever the mode": [
    { environmentKey, enableRealtimeUpdates: true, ...realtime },
    "Option enableRealtimeUpdates is not supported by this adapter: use createWebhookHandler with a storage instead.",
  ],
  "realtime updates in remote evaluation": [
    { environmentKey, enableRealtimeUpdates: true, ...realtime },
    "Option enableRealtimeUpdates needs enableLocalEvaluation.",
    { ...local, realtime: realtimeUpdates },
  ],
};

it.each(Object.entries(rejected))(
  "rejects %s",
  async (_name, [options, message, modules = local]) => {
    const platform = fakePlatform();
    const error = await catchError(() => createClient(options, modules, platform));
    expect(error).toMatchObject({ code: "INVALID_OPTIONS", message });
    expect(platform.requests).toEqual([]);
  },
);

it.each([
  ["offline mode with a handler", { offlineMode: true, offlineHandler: offlineHandlerWith() }],
  ["offline mode with default flags only", { offlineMode: true, defaultFlagHandler }],
  [
    "offline mode with local evaluation and a client-side key",
    { offlineMode: true, enableLocalEvaluation: true, environmentKey: "k", defaultFlagHandler },
  ],
  [
    "remote evaluation with an offline handler",
    { environmentKey, offlineHandler: offlineHandlerWith() },
  ],
  [
    "offline mode with incomplete options for requests",
    {
      offlineMode: true,
      apiUrl: "https://flags.example/api/v1/",
      enableEvents: true,
      enableRealtimeUpdates: true,
      defaultFlagHandler,
    },
  ],
  ["local evaluation", { environmentKey, enableLocalEvaluation: true }],
  [
    "a cache, which local evaluation does not use",
    { environmentKey, enableLocalEvaluation: true, cache: new Map() },
  ],
  ["a storage, which remote evaluation does not use", { environmentKey, storage: memoryStorage() }],
] as const)("accepts %s", (_name, options) => {
  expect(() => createClient(options, { ...local, realtime: realtimeUpdates })).not.toThrow();
});
