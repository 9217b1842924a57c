import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  allowNoUnhandledRejection,
  environmentKey,
  fixedRandom,
  redirect,
  status,
} from "../fake-platform.ts";
import {
  apiKey,
  createFollowingClient,
  eventStreamHeaders,
  type Respond,
} from "./fake-realtime.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("the document's key", () => {
  const leaks: Record<string, Respond> = {
    "a connection error that contains it": ({ url }) => {
      throw Object.assign(
        new TypeError(`fetch of ${url} failed`, { cause: new Error(`${apiKey} ${url}`) }),
        { code: url },
      );
    },
    "a redirect that contains it": ({ url }, count) => {
      if (count % 2 === 1) return redirect(`/login?next=${url}`);
      throw new Error(`${url} ${apiKey}`);
    },
    "a redirect to another origin": ({ url }) => redirect(`https://evil.example/${apiKey}?${url}`),
    "a 500": () => status(500),
    "a 404": () => status(404),
    "an HTML response": ({ url }) =>
      new Response(url, { headers: { "Content-Type": "text/html" } }),
    "a stream error that contains it": ({ url }) =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.error(new Error(`${url} ${apiKey}`)),
        }),
        { headers: eventStreamHeaders },
      ),
    "an event that contains it": (_request, _count) =>
      new Response(`data: ${apiKey}\n\n`, { headers: eventStreamHeaders }),
  };

  it.each(Object.entries(leaks))("is not logged or printed after %s", async (_name, stream) => {
    const { flagsmith, clock, lines, platform } = await createFollowingClient({ stream });
    await clock.advance(30_000);
    expect(lines.length).toBeGreaterThan(0);
    const output = `${lines.join("\n")}${inspect(flagsmith, { depth: 20, showHidden: true })}`;
    for (const secret of [apiKey, encodeURIComponent(apiKey), "cl13nt", environmentKey]) {
      expect(output).not.toContain(secret);
    }
    expect(platform.requests.length).toBeGreaterThan(1);
    await flagsmith.close();
  });
});

it("an unexpected error of the connection is logged with its name and message", async () => {
  const { warnings } = await createFollowingClient({
    stream: ({ url }) =>
      Object.defineProperty(new Response(":"), "headers", {
        value: {
          get: (name: string) => {
            if (name === "location") return null;
            throw new RangeError(`no headers of ${url} with ${apiKey} and ${environmentKey}`);
          },
        },
      }),
  });
  expect(warnings()).toEqual([
    expect.stringMatching(
      /^warn Realtime updates are interrupted; polling continues: the connection broke with RangeError: no headers of \S+\/\[redacted\]\/stream with \[redacted\] and \[redacted\]\.$/,
    ),
  ]);
});
