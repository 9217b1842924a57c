import { expect, it } from "vitest";
import { compose } from "../src/compose.ts";
import { localEvaluation } from "../src/local.ts";
import type { FlagsmithOptions } from "../src/options/options.ts";
import { LiveClients } from "../src/platform/live-clients.ts";
import type { Fetch } from "../src/platform/platform.ts";
import { backgroundDelivery } from "../src/reporting/background-delivery.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  client,
  environmentKey,
  fakePlatform,
  recordingLogger,
  settle,
} from "./fake-platform.ts";

allowNoUnhandledRejection();

const modules = { delivery: backgroundDelivery };

function optionsWith(more: object): FlagsmithOptions {
  return { environmentKey, logger: recordingLogger(), ...more };
}

const call = ({ createEvaluator, scope }: ReturnType<typeof compose>) =>
  createEvaluator(scope).environmentFlags(scope);

it("rejects an agent on a runtime without agents, naming the runtime", async () => {
  const error = await catchError(() =>
    compose(optionsWith({ agent: {} }), fakePlatform(), modules),
  );
  expect(error.code).toBe("INVALID_OPTIONS");
  expect(error.message).toContain("Option agent is not supported on fake");
});

it("uses the agent with the platform's fetch and with the user's", async () => {
  const agent = { name: "proxy" };
  const used: unknown[] = [];
  const platform = fakePlatform(undefined, {
    throughAgent: (fetch, given) => {
      used.push(given);
      return (url, init) => fetch(`${url}?through-agent`, init);
    },
  });
  const own = fakePlatform();
  await call(compose(optionsWith({ agent }), platform, modules));
  await call(compose(optionsWith({ agent, fetch: own.fetch as Fetch }), platform, modules));
  await call(compose(optionsWith({ agent: undefined }), platform, modules));
  expect(used).toEqual([agent, agent]);
  expect(platform.requests.map(({ url }) => new URL(url).search)).toEqual(["?through-agent", ""]);
  expect(own.requests.map(({ url }) => new URL(url).search)).toEqual(["?through-agent"]);
});

it("a bootstrap document that rejects before the first load is not an unhandled rejection", async () => {
  const bootstrap = Promise.reject(new Error("no file"));
  compose(optionsWith({ bootstrap }), fakePlatform(), { ...modules, local: localEvaluation });
  await settle();
});

it("uses the hosted API and a deadline of 20 s by default", async () => {
  const platform = fakePlatform();
  const parts = compose(optionsWith({}), platform, modules);
  await call(parts);
  expect(platform.requests[0]?.url).toBe("https://edge.api.flagsmith.com/api/v1/flags/");
  expect(parts.scope.begin().deadlineAt).toBe(platform.clock.now() + 20_000);
});

it("two clients share only the platform", async () => {
  const platform = fakePlatform();
  const first = compose(optionsWith({ environmentKey: "first" }), platform, modules);
  const second = compose(optionsWith({ environmentKey: "second" }), platform, modules);
  await call(first);
  await call(second);
  expect(platform.requests.map(({ headers }) => headers["x-environment-key"])).toEqual([
    "first",
    "second",
  ]);
});

it("warns once per key about the tenth live client, without closed ones", async () => {
  const logger = recordingLogger();
  const platform = fakePlatform(undefined, { liveClients: new LiveClients() });
  const create = () => client(platform, { logger });
  const first = Array.from({ length: 9 }, create);
  await Promise.all([first[0]?.close(), first[0]?.close()]);
  create();
  client(platform, { logger, environmentKey: "other" });
  expect(logger.warnings).toEqual([]);
  for (let count = 0; count < 3; count++) await create().close();
  create();
  expect(logger.warnings).toEqual([
    "10 Flagsmith clients with one environment key are open: share one, and close() the others. With hot reloading: globalThis.flagsmith ??= new Flagsmith(…).",
  ]);
});

it("counts the live clients of at most 1,000 keys", () => {
  const logger = recordingLogger();
  const clients = new LiveClients();
  const add = (key: string, count: number) => {
    for (let added = 0; added < count; added++) clients.add(key, logger);
  };
  for (let number = 0; number < 1000; number++) add(`key ${number}`, 1);
  add("another key", 10);
  expect(logger.warnings).toEqual([]);
  add("key 999", 9);
  expect(logger.warnings).toHaveLength(1);
});

it("counts further keys after the clients of 1,000 keys were closed", () => {
  const logger = recordingLogger();
  const clients = new LiveClients();
  for (let number = 0; number < 1000; number++) clients.add(`key ${number}`, logger)();
  for (let added = 0; added < 10; added++) clients.add("another key", logger);
  expect(logger.warnings).toHaveLength(1);
});
