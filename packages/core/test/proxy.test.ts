import { inspect } from "node:util";
import { expect, it } from "vitest";
import { environmentDocument } from "./fake-environment.ts";
import { environmentKey, fakePlatform, json, localClient } from "./fake-platform.ts";

it("a Proxy of the client and of a request evaluates flags", async () => {
  const platform = fakePlatform(() => json(environmentDocument("on")));
  const flagsmith = new Proxy(localClient(platform), {});
  await flagsmith.ready();
  const request = new Proxy(flagsmith.forRequest(), {});
  for (const scope of [flagsmith, request]) {
    expect((await scope.getIdentityFlags("user")).getFeatureValue("banner")).toBe("on");
    expect((await scope.getEnvironmentFlags()).isFeatureEnabled("banner")).toBe(true);
    expect(scope.currentSnapshot()).toBeDefined();
  }
  expect(flagsmith.status().state).toBe("ready");
  await flagsmith.close();
});

it("no inspection of the client prints its key", () => {
  const flagsmith = localClient(fakePlatform(() => json({})));
  const options = { depth: 10, showHidden: true, getters: true };
  const printed = [inspect(flagsmith, options), JSON.stringify(flagsmith), `${flagsmith}`];
  expect(printed.join("\n")).not.toContain(environmentKey);
});
