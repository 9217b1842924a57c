import { expect, it, vi } from "vitest";
import { DocumentSource } from "../../src/environment/document-source.ts";
import { createCompiler, environmentDocument } from "../fake-environment.ts";
import { FakeClock, fakePlatform, json, localClient, recordingLogger } from "../fake-platform.ts";

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

it("the text of a long document does not stay in memory", async () => {
  const text = JSON.stringify(environmentDocument()).padEnd(300_000);
  const logger = recordingLogger();
  const compiler = createCompiler(logger);
  const timers = new FakeClock();
  const loadDocument = async () => ({ document: JSON.parse(text), text, sentAt: 0 });
  const parts = { options: {}, loadDocument, compiler, timers, logger, store: undefined };
  const call = { signal: undefined, deadlineAt: 1000 };
  const { loaded } = await new DocumentSource(parts).load(call);
  expect(Object.values(loaded)).not.toContain(text);
});
