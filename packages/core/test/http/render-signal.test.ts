import { describe, expect, it } from "vitest";
import { documentResponse } from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  catchError,
  client,
  environmentKey,
  fakePlatform,
  localClient,
  type Responder,
} from "../fake-platform.ts";

allowNoUnhandledRejection();

function errorWith(digest: unknown): Error {
  return Object.assign(new Error(`stopped, key ${environmentKey}`), { digest });
}

function failWith(error: Error): Responder {
  return () => {
    throw error;
  };
}

/** The digests of Next.js 13 to 16. */
const signals = [
  "NEXT_REDIRECT;replace;/login;307;",
  "NEXT_REDIRECT;push;/a;b;c;308;",
  "NEXT_NOT_FOUND",
  "NEXT_HTTP_ERROR_FALLBACK;404",
  "NEXT_HTTP_ERROR_FALLBACK;403",
  "NEXT_PRERENDER_INTERRUPTED",
  "DYNAMIC_SERVER_USAGE",
  "BAILOUT_TO_CLIENT_SIDE_RENDERING",
  "HANGING_PROMISE_REJECTION",
];

/** Other errors, for example those that React reports to error pages. */
const others = [
  "",
  "2338410553",
  "NEXT_REDIRECT",
  "NEXT_NOT_FOUND_PAGE",
  "X DYNAMIC_SERVER_USAGE",
  7,
  null,
  {},
];

const defaultFlagHandler = () => ({ enabled: true, value: "default" });

describe("an error of Next.js that stops rendering", () => {
  it.each(signals)("reaches the caller in remote mode, without a retry: %s", async (digest) => {
    const signal = errorWith(digest);
    const platform = fakePlatform(failWith(signal));
    const flagsmith = client(platform, { defaultFlagHandler });
    await expect(flagsmith.getEnvironmentFlags()).rejects.toBe(signal);
    await expect(flagsmith.getIdentityFlags("user")).rejects.toBe(signal);
    expect(platform.requests).toHaveLength(2);
  });
});

describe("any other error with a digest", () => {
  it.each(others)("is an ordinary failure in remote mode: %j", async (digest) => {
    const platform = fakePlatform(failWith(errorWith(digest)));
    const error = await catchError(platform.clock.run(client(platform).getEnvironmentFlags()));
    expect(error.code).toBe("API_UNREACHABLE");
    expect(String(error.message) + String(error.cause)).not.toContain(environmentKey);
    expect(platform.requests).toHaveLength(4);
    const flags = await platform.clock.run(
      client(platform, { defaultFlagHandler }).getEnvironmentFlags(),
    );
    expect(flags.getFeatureValue("banner")).toBe("default");
  });

  it.each(others)("is an ordinary failure in local mode: %j", async (digest) => {
    const platform = fakePlatform((request, count) =>
      count === 5 ? documentResponse("later") : failWith(errorWith(digest))(request, count),
    );
    const flagsmith = localClient(platform, { defaultFlagHandler });
    const flags = await platform.clock.run(flagsmith.getEnvironmentFlags());
    expect(flags.getFeatureValue("banner")).toBe("default");
    expect(platform.requests).toHaveLength(4);
    await platform.clock.advance(1100);
    expect((await flagsmith.getEnvironmentFlags()).getFeatureValue("banner")).toBe("later");
  });
});
