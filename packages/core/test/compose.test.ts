import { expect, it } from "vitest";
import { compose } from "../src/compose.ts";
import type { FlagsmithOptions } from "../src/options/options.ts";
import type { Fetch } from "../src/platform/platform.ts";
import { backgroundDelivery } from "../src/reporting/background-delivery.ts";
import { environmentKey, failureOf, fakePlatform, recordingLogger } from "./fake-platform.ts";

const modules = { delivery: backgroundDelivery };

function optionsWith(more: object): FlagsmithOptions {
  return { environmentKey, logger: recordingLogger(), ...more };
}

it("refuses an agent where the runtime's fetch would go past it, naming the runtime", async () => {
  const error = await failureOf(() => compose(optionsWith({ agent: {} }), fakePlatform(), modules));
  expect(error.code).toBe("INVALID_OPTIONS");
  expect(error.message).toContain("Option agent is not supported on fake");
});

it("sends through the agent with the platform's fetch, or with the user's", async () => {
  const agent = { name: "proxy" };
  const used: unknown[] = [];
  const platform = fakePlatform(undefined, {
    throughAgent: (fetch, given) => {
      used.push(given);
      return (url, init) => fetch(`${url}?through-agent`, init);
    },
  });
  const mine = fakePlatform();
  const call = ({ evaluator, scope }: ReturnType<typeof compose>) =>
    evaluator.environmentFlags(scope);
  await call(compose(optionsWith({ agent }), platform, modules));
  await call(compose(optionsWith({ agent, fetch: mine.fetch as Fetch }), platform, modules));
  await call(compose(optionsWith({ agent: undefined }), platform, modules));
  expect(used).toEqual([agent, agent]);
  expect(platform.requests.map(({ url }) => new URL(url).search)).toEqual(["?through-agent", ""]);
  expect(mine.requests.map(({ url }) => new URL(url).search)).toEqual(["?through-agent"]);
});

it("asks the hosted API unless it is told where the API is", async () => {
  const platform = fakePlatform();
  const { evaluator, scope } = compose(optionsWith({}), platform, modules);
  await evaluator.environmentFlags(scope);
  expect(platform.requests[0]?.url).toBe("https://edge.api.flagsmith.com/api/v1/flags/");
  expect(scope.begin().deadlineAt).toBe(platform.clock.now() + 20_000);
});

it("makes each part once: two clients share nothing but the platform", async () => {
  const platform = fakePlatform();
  const first = compose(optionsWith({ environmentKey: "first" }), platform, modules);
  const second = compose(optionsWith({ environmentKey: "second" }), platform, modules);
  await first.evaluator.environmentFlags(first.scope);
  await second.evaluator.environmentFlags(second.scope);
  expect(platform.requests.map(({ headers }) => headers["x-environment-key"])).toEqual([
    "first",
    "second",
  ]);
});
