import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseRetryAfter } from "../../src/http/retry-after.ts";
import { environmentDocument } from "../fake-environment.ts";
import { fakePlatform, json, localClient, recordingLogger } from "../fake-platform.ts";
import { fuzz, fuzzTimeoutMs } from "../fuzz.ts";

const first = "https://flags.example/api/v1/environment-document/";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The requests of a load whose first page has a `Link` header. */
async function loadPages(link: string): Promise<readonly string[]> {
  const platform = fakePlatform((_request, count) =>
    json(environmentDocument(), count === 1 ? { headers: { Link: link } } : {}),
  );
  const flagsmith = localClient(platform, { logger: recordingLogger(), retries: 0 });
  await flagsmith.ready().catch(() => undefined);
  await flagsmith.close();
  return platform.requests.map(({ url }) => url);
}

describe("a Link header", { timeout: fuzzTimeoutMs }, () => {
  it.each([
    "<".repeat(100_000),
    "<a".repeat(50_000),
    `<x>; rel="${"next ".repeat(20_000)}`,
    `<x>; rel="${"nexty ".repeat(20_000)}"`,
    `<x>${"; rel".repeat(20_000)}`,
    `<x>${';a="'.repeat(20_000)}`,
    `<x>;${" ".repeat(100_000)}`,
    `<x>;${"a".repeat(100_000)}`,
  ])("of 100 kB is read in linear time (%#)", async (link) => {
    const startedAt = performance.now();
    expect((await loadPages(link)).length).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it.each([
    ['<?page=2>; title="; rel=prev"; rel=next', true],
    ["<?page=2>; REL=Next", true],
    ['<?page=2>;rel="prev next"', true],
    ['<?page=2>; title="; rel=next"', false],
    ["<?page=2>; rel=nextish", false],
    ["<?page=2>; xrel=next", false],
    ['<?page=1>; rel="prev", <?page=2>; rel="next"', true],
  ])("%s", async (link, hasNext) => {
    expect(await loadPages(link)).toEqual(hasNext ? [first, `${first}?page=2`] : [first]);
  });

  it("is read without URL.canParse, which Workers of 2022 do not have", async () => {
    vi.stubGlobal("URL", Object.assign(class extends URL {}, { canParse: undefined }));
    expect(await loadPages("<?page=2>; rel=next")).toEqual([first, `${first}?page=2`]);
    expect(await loadPages("<https://[>; rel=next")).toEqual([first]);
  });

  it("of any tokens is read without a request elsewhere", () =>
    fuzz(
      "Link headers",
      fc.array(
        fc.constantFrom(
          ...'<>;=", '.split(""),
          "rel",
          "next",
          "<?page=2>",
          "title",
          "rel=next",
          'rel="next"',
          "//other.example/",
          "/api/v1/flags/",
          "http://flags.example/",
        ),
        { maxLength: 12 },
      ),
      async (tokens) => {
        for (const url of await loadPages(tokens.join("")))
          expect(url.startsWith(first)).toBe(true);
      },
      150,
    ));
});

describe("a Retry-After header", { timeout: fuzzTimeoutMs }, () => {
  it("of any text is a wait from 0 to a day, or none", () =>
    fuzz(
      "Retry-After headers",
      fc.oneof(
        fc.string(),
        fc.double().map(String),
        fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        fc
          .array(
            fc.constantFrom("Thu", ",", " ", "01", "Jan", "2026", "25:61:99", "GMT", "-1", "e9"),
          )
          .map((parts) => parts.join("")),
      ),
      (text) => {
        const headers = { get: (name: string) => (name === "retry-after" ? text : null) };
        const waitMs = parseRetryAfter(headers as Headers, 1_700_000_000_000);
        if (waitMs === undefined) return;
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(86_400_000);
      },
    ));
});
