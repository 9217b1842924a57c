import { describe, expect, it } from "vitest";
import {
  environmentDocument,
  memoryStorage,
  override,
  ownKey,
  recordingChanges,
} from "../fake-environment.ts";
import {
  allowNoUnhandledRejection,
  apiUrl,
  catchError,
  cutBody,
  environmentKey,
  fakePlatform,
  fixedRandom,
  hang,
  json,
  localClient,
  type Responder,
  redirect,
  settle,
  status,
  steadyPolicy,
} from "../fake-platform.ts";

allowNoUnhandledRejection();
fixedRandom();

const first = `${apiUrl}environment-document/`;

/** A page with an override for one identity, and links. */
function page(identifier: string, link?: string, more: object = {}): Response {
  return json(environmentDocument("api", { identity_overrides: [override(identifier)], ...more }), {
    headers: link === undefined ? {} : { Link: link },
  });
}

function paged(answer: Responder, retries = 0) {
  const platform = fakePlatform(answer, { retryPolicy: steadyPolicy(retries, 100) });
  const { changes, onEnvironmentChange } = recordingChanges();
  const storage = memoryStorage();
  const flagsmith = localClient(platform, { onEnvironmentChange, storage });
  const urls = () => platform.requests.map(({ url }) => url);
  const value = async (identifier: string) =>
    (await flagsmith.getIdentityFlags(identifier)).getFeatureValue("banner");
  return { platform, clock: platform.clock, flagsmith, changes, storage, urls, value };
}

const nextUrl = `${first}?page_id=2`;
const links: Record<string, string> = {
  "an absolute URL": `<${nextUrl}>; rel="next"`,
  "a path": `</api/v1/environment-document/?page_id=2>; rel="next"`,
  "a query": `<?page_id=2>; rel="next"`,
  "no quotes": `<?page_id=2>; rel=next`,
  "no space": `<?page_id=2>;rel="next"`,
  "spaces around the equals sign": `<?page_id=2>; rel = "next"`,
  capitals: `<?page_id=2>; REL="Next"`,
  "several relations": `<?page_id=2>; rel="last next"`,
  "another parameter first": `<?page_id=2>; title="a; b, c"; rel="next"`,
  "another parameter after": `<?page_id=2>; rel=next; title=x`,
  "other links before": `<?page_id=1>; rel="prev", <?page_id=9>; rel="last", <?page_id=2>; rel="next"`,
  "other links after": `<?page_id=2>; rel="next", <?page_id=1>; rel="prev"`,
  "other links after, without quotes": `<?page_id=2>; rel=next, <?page_id=1>; rel=prev`,
};

it.each(Object.entries(links))(
  "follows a next page that is linked with %s",
  async (_name, link) => {
    const { flagsmith, urls, value, changes } = paged(({ url }) =>
      url === first ? page("a", link) : page("b"),
    );
    await flagsmith.ready();
    expect(urls()).toEqual([first, nextUrl]);
    expect(await value("a")).toBe("for a");
    expect(await value("b")).toBe("for b");
    expect(changes).toHaveLength(1);
  },
);

it.each([
  `<?page_id=2>; rel="prev"`,
  `<?page_id=2>; rel="next-archive"`,
  `<?page_id=2>; rel=nextish`,
  `<?page_id=2>; rel="not-next"`,
  `<?page_id=2>; title="next"`,
  `<?page_id=2>`,
  `?page_id=2; rel="next"`,
  `<http://[>; rel="next"`,
  "",
])("finds no next page in %s", async (link) => {
  const { flagsmith, urls } = paged(() => page("a", link));
  await flagsmith.ready();
  expect(urls()).toEqual([first]);
});

it("merges the overrides of all pages in order", async () => {
  const { flagsmith, value, storage, urls } = paged((_request, count) => {
    const link = count < 4 ? `<?page_id=${count + 1}>; rel="next"` : undefined;
    const more = count === 1 ? {} : { feature_states: [], name: `page ${count}`, project: null };
    if (count === 2) return json({ identity_overrides: null }, { headers: { Link: link ?? "" } });
    return page(`user ${count}`, link, more);
  });
  await flagsmith.ready();
  await settle();
  expect(urls()).toEqual([first, ...[2, 3, 4].map((id) => `${first}?page_id=${id}`)]);
  for (const count of [1, 3, 4]) expect(await value(`user ${count}`)).toBe(`for user ${count}`);
  expect(await value("somebody")).toBe("api");
  const { document } = JSON.parse(storage.writes[0]?.value ?? "{}");
  expect(document).toEqual(
    environmentDocument("api", { identity_overrides: [1, 3, 4].map((n) => override(`user ${n}`)) }),
  );
});

it("resolves a relative link against its page", async () => {
  const { flagsmith, urls } = paged(({ url }) => {
    if (url === first) return page("a", `<pages/2>; rel="next"`);
    return url.endsWith("2") ? page("b", `<3>; rel="next"`) : page("c");
  });
  await flagsmith.ready();
  expect(urls()).toEqual([first, `${first}pages/2`, `${first}pages/3`]);
});

it("sends the key with every page, and no condition", async () => {
  const { platform, clock, flagsmith } = paged(({ url }) =>
    json(environmentDocument(), {
      headers: {
        "Last-Modified": "Wed, 31 Dec 2025 12:00:00 GMT",
        ...(url === first && { Link: `<?page_id=2>; rel="next"` }),
      },
    }),
  );
  await flagsmith.ready();
  await clock.advance(60_000);
  const seen = platform.requests.map((request) => request.headers);
  expect(seen).toHaveLength(4);
  for (const each of seen) {
    expect(each["x-environment-key"]).toBe(environmentKey);
    expect(each).not.toHaveProperty("if-modified-since");
  }
});

it("loads all pages again if the document changed in between", async () => {
  const { flagsmith, urls, value } = paged(({ url }, count) => {
    const more = { updated_at: count > 1 ? "2026-01-01T00:00:02Z" : "2026-01-01T00:00:01Z" };
    return url === first
      ? page(`a ${count}`, `<?page_id=2>; rel="next"`, more)
      : page(`b ${count}`, undefined, more);
  });
  await flagsmith.ready();
  expect(urls()).toEqual([first, nextUrl, first, nextUrl]);
  expect([await value("a 1"), await value("a 3"), await value("b 4")]).toEqual([
    "api",
    "for a 3",
    "for b 4",
  ]);
});

it("never mixes pages of different versions, and gives up after three loads", async () => {
  const { flagsmith, urls } = paged(({ url }, count) =>
    page("a", url === first ? `<?page_id=2>; rel="next"` : undefined, {
      updated_at: `2026-01-01T00:00:0${count}Z`,
    }),
  );
  await expect(flagsmith.ready()).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
  expect(urls()).toHaveLength(6);
});

it.each([{ api_key: "other" }, { id: 2 }])("never mixes pages that differ in %j", async (other) => {
  const { flagsmith } = paged(({ url }) =>
    url === first ? page("a", `<?page_id=2>; rel="next"`) : page("b", undefined, other),
  );
  await expect(flagsmith.ready()).rejects.toMatchObject({
    code: "INVALID_RESPONSE",
    message: expect.stringContaining("returned pages of different versions 3 times"),
  });
});

it.each([first, nextUrl])("merges pages of which one has no date: %s", async (undated) => {
  const { flagsmith, value } = paged(({ url }) =>
    page(url, url === first ? `<?page_id=2>; rel="next"` : undefined, {
      ...(url === undated && { updated_at: undefined }),
    }),
  );
  await flagsmith.ready();
  expect(await value(nextUrl)).toBe(`for ${nextUrl}`);
});

it("merges pages of 200,000 identity overrides", async () => {
  const many = Array.from({ length: 200_000 }, (_, index) => override(`user ${index}`));
  const { flagsmith, value } = paged(({ url }) =>
    url === first
      ? page("a", `<?page_id=2>; rel="next"`)
      : json(environmentDocument("api", { identity_overrides: many })),
  );
  await flagsmith.ready();
  expect(await value("user 199999")).toBe("for user 199999");
});

it.each([
  ["https://other.example/api/v1/environment-document/?page_id=2", "https://other.example"],
  ["//other.example/?page_id=2", "https://other.example"],
  ["http://flags.example/api/v1/environment-document/?page_id=2", "http://flags.example"],
  ["https://flags.example:8443/?page_id=2", "https://flags.example:8443"],
])("does not load a page from another origin, and names both: %s", async (target, origin) => {
  const { flagsmith, urls } = paged(() => page("a", `<${target}>; rel="next"`));
  const error = await catchError(flagsmith.ready());
  expect(error.code).toBe("API_UNREACHABLE");
  expect(error.message).toContain(`from https://flags.example to ${origin}`);
  expect(error.message).not.toContain("page_id");
  expect(urls()).toEqual([first]);
});

it.each(["javascript:alert(1)", "data:text/plain,x", "file:///etc/passwd"])(
  "does not load a page with another URL scheme: %s",
  async (target) => {
    const { flagsmith, urls } = paged(() => page("a", `<${target}>; rel="next"`));
    expect((await catchError(flagsmith.ready())).code).toBe("API_UNREACHABLE");
    expect(urls()).toEqual([first]);
  },
);

it("stops after a thousand pages", async () => {
  const { flagsmith, urls } = paged((_request, count) =>
    json(environmentDocument("api", { identity_overrides: [] }), {
      headers: { Link: `<?page_id=${count}>; rel="next"` },
    }),
  );
  const error = await catchError(flagsmith.ready());
  expect(error).toMatchObject({
    code: "INVALID_RESPONSE",
    message: `GET ${first} has a cycle of pages, or more than 1000.`,
  });
  expect(urls()).toHaveLength(1000);
});

it("stops at a page that links to itself or to an earlier one", async () => {
  const { flagsmith, urls } = paged(() =>
    json(environmentDocument("api", { identity_overrides: [] }), {
      headers: { Link: `<?page_id=1>; rel="next"` },
    }),
  );
  expect((await catchError(flagsmith.ready())).code).toBe("INVALID_RESPONSE");
  expect(urls()).toHaveLength(2);
});

describe("a failed page fails the whole load", () => {
  const faults: Record<string, readonly [answer: Responder, code: string]> = {
    "a 500": [() => status(500), "API_STATUS"],
    "a 403": [() => status(403), "API_STATUS"],
    "a 304": [() => new Response(null, { status: 304 }), "API_STATUS"],
    "a cut body": [cutBody, "API_UNREACHABLE"],
    "no answer": [hang, "API_TIMEOUT"],
    HTML: [() => new Response("<html>"), "INVALID_RESPONSE"],
    "a list": [() => json([]), "INVALID_RESPONSE"],
    "a text": [() => json("page"), "INVALID_RESPONSE"],
    "a redirect elsewhere": [() => redirect("https://other.example/"), "API_UNREACHABLE"],
  };

  it.each(Object.entries(faults))(
    "with %s, where there was no document",
    async (_name, [answer, code]) => {
      const { clock, flagsmith, changes, storage } = paged((request, count) =>
        count === 1 ? page("a", `<?page_id=2>; rel="next"`) : answer(request, count),
      );
      const error = await clock.run(catchError(flagsmith.getEnvironmentFlags()));
      await clock.advance(0);
      expect(error.code).toBe(code);
      expect(changes).toEqual([code]);
      expect(storage.writes).toEqual([]);
    },
  );

  it.each(Object.entries(faults))(
    "with %s, and the old document is kept",
    async (_name, [answer, code]) => {
      const { clock, flagsmith, changes, value, storage } = paged((request, count) => {
        if (count % 2 === 1) return page(`user ${count}`, `<?page_id=2>; rel="next"`);
        return count === 2 ? page("more") : answer(request, count);
      });
      await flagsmith.ready();
      await clock.advance(60_000 + 25_000);
      expect(changes.slice(1)).toEqual([code]);
      expect(await value("user 1")).toBe("for user 1");
      expect(await value("user 3")).toBe("api");
      expect(await value("more")).toBe("for more");
      expect(storage.writes.map(({ key }) => key)).toEqual([ownKey, `${ownKey}-lease`]);
    },
  );
});

it.each([[[{}]], ["none"], [{ 0: {} }]])(
  "malformed overrides of a page cost nothing else: %j",
  async (overrides) => {
    const { flagsmith, value } = paged((_request, count) =>
      count === 1 ? page("a", `<?page_id=2>; rel="next"`) : json({ identity_overrides: overrides }),
    );
    await flagsmith.ready();
    expect(await value("a")).toBe("for a");
    expect(await value("b")).toBe("api");
  },
);

it("a list of overrides that is not a list costs only the overrides", async () => {
  const { flagsmith, value } = paged(() =>
    json(environmentDocument("api", { identity_overrides: { vip: {} } })),
  );
  await flagsmith.ready();
  expect(await value("vip")).toBe("api");
});

it("retries each page separately, within one deadline", async () => {
  const { clock, flagsmith, urls, value } = paged((_request, count) => {
    if (count % 3 !== 0) return status(503);
    return count < 9 ? page(`user ${count}`, `<?page_id=${count}>; rel="next"`) : page("last");
  }, 2);
  await clock.run(flagsmith.ready());
  const page3 = `${first}?page_id=3`;
  const page6 = `${first}?page_id=6`;
  expect(urls()).toEqual([first, first, first, page3, page3, page3, page6, page6, page6]);
  expect(await value("last")).toBe("for last");
});

it("stops at the deadline, even between pages", async () => {
  const { clock, flagsmith, urls } = paged(async (_request, count) => {
    await clock.sleep(6000);
    return page(`user ${count}`, `<?page_id=${count}>; rel="next"`);
  });
  const error = await clock.run(catchError(flagsmith.ready()));
  await clock.advance(500);
  expect(error.code).toBe("API_TIMEOUT");
  expect(urls()).toHaveLength(4);
});

it.each([
  ["null", "null"],
  ["a list", "[]"],
  ["a text", '"document"'],
  ["a number", "42"],
  ["nothing", ""],
])("rejects %s without a retry", async (_name, text) => {
  const { platform, flagsmith } = paged(() => new Response(text), 3);
  const error = await catchError(flagsmith.ready());
  expect(error).toMatchObject({ code: "INVALID_RESPONSE", status: 200 });
  expect(error.message).toContain("returned a response that is not Flagsmith's (200, ");
  expect(platform.requests).toHaveLength(1);
});

it("retries after a document that breaks off", async () => {
  const whole = JSON.stringify(environmentDocument());
  const { platform, flagsmith } = paged(
    (_request, count) => new Response(count === 1 ? whole.slice(0, -40) : whole),
    3,
  );
  await platform.clock.run(flagsmith.ready());
  expect(platform.requests).toHaveLength(2);
});

it("follows a redirect of an Edge Proxy within the origin", async () => {
  const bare = `${apiUrl}environment-document`;
  const { flagsmith, urls, value } = paged(({ url }) =>
    url === first ? redirect(bare, 307) : page("a"),
  );
  expect(await value("a")).toBe("for a");
  await flagsmith.ready();
  expect(urls()).toEqual([first, bare]);
});
