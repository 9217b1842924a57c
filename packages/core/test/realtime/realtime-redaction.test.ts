import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  allowNoUnhandledRejection,
  environmentKey,
  fixedRandom,
  redirect,
  status,
} from "../fake-platform.ts";
import { apiKey, eventStreamType, following, type Twist } from "./fake-realtime.ts";

allowNoUnhandledRejection();
fixedRandom();

describe("the document's key", () => {
  const leaks: Record<string, Twist> = {
    "a connection that fails with it": ({ url }) => {
      throw Object.assign(
        new TypeError(`fetch of ${url} failed`, { cause: new Error(`${apiKey} ${url}`) }),
        { code: url },
      );
    },
    "a redirect that holds it": ({ url }, count) => {
      if (count % 2 === 1) return redirect(`/login?next=${url}`);
      throw new Error(`${url} ${apiKey}`);
    },
    "a redirect elsewhere": ({ url }) => redirect(`https://evil.example/${apiKey}?${url}`),
    "a status": () => status(500),
    "a refusal": () => status(404),
    "a page": ({ url }) => new Response(url, { headers: { "Content-Type": "text/html" } }),
    "a stream that breaks with it": ({ url }) =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.error(new Error(`${url} ${apiKey}`)),
        }),
        { headers: eventStreamType },
      ),
    "an event that holds it": (_request, _count) =>
      new Response(`data: ${apiKey}\n\n`, { headers: eventStreamType }),
  };

  it.each(Object.entries(leaks))(
    "is in no line, nor in anything printed, after %s",
    async (_name, stream) => {
      const { flagsmith, clock, lines, platform } = await following({ stream });
      await clock.advance(30_000);
      expect(lines.length).toBeGreaterThan(0);
      const said = `${lines.join("\n")}${inspect(flagsmith, { depth: 20, showHidden: true })}`;
      for (const secret of [apiKey, encodeURIComponent(apiKey), "cl13nt", environmentKey]) {
        expect(said).not.toContain(secret);
      }
      expect(platform.requests.length).toBeGreaterThan(1);
      await flagsmith.close();
    },
  );
});
