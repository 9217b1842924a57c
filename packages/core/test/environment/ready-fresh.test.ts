import { expect, it } from "vitest";
import { documentResponse, environmentDocument, storageWith } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  hang,
  json,
  settle,
  status,
} from "../fake-platform.ts";
import { createPollingClient } from "./polling-client.ts";

allowNoUnhandledRejection();

it("ready({ fresh: true }) rejects with the error of the API, despite a document", async () => {
  const { flagsmith, value } = createPollingClient(() => status(500), {
    bootstrap: environmentDocument("bootstrap"),
  });
  expect(await value()).toBe("bootstrap");
  const error = await catchError(flagsmith.ready({ fresh: true }));
  expect(error).toMatchObject({ code: "API_STATUS", status: 500 });
  await flagsmith.close();
});

it.each([
  [500, {}],
  [401, {}],
  [429, { "Retry-After": "100" }],
])("ready({ fresh: true }) asks the API once if that fails: %i %j", async (code, headers) => {
  const { flagsmith, times } = createPollingClient(() => status(code, headers));
  expect(await catchError(flagsmith.ready({ fresh: true }))).toMatchObject({ status: code });
  expect(times()).toEqual([0]);
  expect(flagsmith.status().consecutiveFailures).toBe(1);
  await flagsmith.close();
});

it.each([
  ["stored", () => ({ storage: storageWith(3_600_000) })],
  ["bootstrap", () => ({ bootstrap: environmentDocument("bootstrap") })],
])("ready({ fresh: true }) waits for the API after a failure: %s", async (name, createOptions) => {
  const { flagsmith, value } = createPollingClient(
    (_request, count) => (count === 1 ? status(500) : documentResponse("api")),
    createOptions(),
  );
  await flagsmith.ready();
  await settle();
  expect(await value()).toBe(name);
  expect(flagsmith.status().problem).toBe("failing");
  await flagsmith.ready({ fresh: true });
  expect(await value()).toBe("api");
  await flagsmith.close();
});

it("a late bootstrap document answers a call that waits for the second load", async () => {
  let resolve = (_document: object) => {};
  const bootstrap = new Promise<object>((resolveBootstrap) => {
    resolve = resolveBootstrap;
  });
  const { clock, flagsmith, times } = createPollingClient(
    (request, count) => (count === 1 ? status(500) : hang(request)),
    { bootstrap },
  );
  const first = catchError(flagsmith.ready());
  await clock.advance(4000);
  expect(await first).toMatchObject({ status: 500 });
  const second = flagsmith.ready();
  expect(times()).toHaveLength(2);
  resolve(environmentDocument("bootstrap"));
  await second;
  await flagsmith.close();
});

it.each([
  ["an invalid one", {}, "The bootstrap document is invalid at api_key."],
  ["a text that is not JSON", "no JSON", "The bootstrap document could not be read (SyntaxError)."],
  [
    "a promise that rejects",
    () => Promise.reject("no file"),
    "The bootstrap document could not be read (string).",
  ],
  [
    "a promise that rejects with an object",
    () => Promise.reject({ message: "no file" }),
    "The bootstrap document could not be read (object).",
  ],
])("a bootstrap document that cannot be used is logged: %s", async (_name, given, warning) => {
  const bootstrap = typeof given === "function" ? given() : given;
  const { flagsmith, value, logger } = createPollingClient(() => json(environmentDocument("api")), {
    bootstrap,
  });
  expect(await value()).toBe("api");
  expect(logger.warnings).toEqual([warning]);
  await flagsmith.close();
});

it("a bootstrap text may begin with a byte order mark", async () => {
  const { flagsmith, value, logger } = createPollingClient(() => status(500), {
    bootstrap: `\ufeff${JSON.stringify(environmentDocument("bootstrap"))}\r\n`,
  });
  await flagsmith.ready();
  expect(await value()).toBe("bootstrap");
  expect(logger.warnings.filter((message) => message.includes("bootstrap"))).toEqual([]);
  await flagsmith.close();
});
