import { expect, it, vi } from "vitest";
import { environmentDocument } from "../fake-environment.ts";
import { fakePlatform, json, localClient } from "../fake-platform.ts";

it("a short document is compared without a digest", async () => {
  const digest = vi.spyOn(crypto.subtle, "digest");
  const onEnvironmentChange = vi.fn();
  const flagsmith = localClient(
    fakePlatform(() => json(environmentDocument())),
    { onEnvironmentChange },
  );
  await flagsmith.ready();
  expect(await flagsmith.updateEnvironment()).toBe(false);
  expect(onEnvironmentChange).toHaveBeenCalledTimes(1);
  expect(digest).not.toHaveBeenCalled();
  await flagsmith.close();
});

it("a long document is compared by its digest", async () => {
  const digest = vi.spyOn(crypto.subtle, "digest");
  const text = JSON.stringify(environmentDocument());
  let padding = 300_000;
  const flagsmith = localClient(fakePlatform(() => new Response(text.padEnd(padding))));
  await flagsmith.ready();
  expect(await flagsmith.updateEnvironment()).toBe(false);
  padding++;
  expect(await flagsmith.updateEnvironment()).toBe(true);
  expect(digest).toHaveBeenCalledTimes(3);
  await flagsmith.close();
});
