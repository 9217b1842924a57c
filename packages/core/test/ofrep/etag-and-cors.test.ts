import { expect, it } from "vitest";
import { json } from "../fake-platform.ts";
import { createOfrep, document, token } from "./ofrep-client.ts";

const origin = "https://www.example.com";

/** In a DOM, a request cannot have the header Origin. */
const itOutsideOfDom = it.skipIf("document" in globalThis);

async function readTag(send: ReturnType<typeof createOfrep>["send"], body?: unknown) {
  const response = await send("", { body });
  return `${response.headers.get("ETag")}`;
}

it("equal flags have equal tags", async () => {
  const { send } = createOfrep();
  const tag = await readTag(send);
  expect(tag).toMatch(/^"[0-9a-f]{32}"$/);
  expect(await readTag(send, { context: { targetingKey: "other" } })).toBe(tag);
  const gold = { context: { targetingKey: "user-42", plan: "gold" } };
  expect(await readTag(send, gold)).not.toBe(tag);
});

it("flags with the tag of the request are not sent again", async () => {
  const { send } = createOfrep();
  const tag = await readTag(send);
  for (const header of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
    const response = await send("", { headers: { "If-None-Match": header } });
    expect(response.status).toBe(304);
    expect(response.headers.get("ETag")).toBe(tag);
    expect(await response.text()).toBe("");
  }
  for (const header of ['"other"', tag.slice(1, -1), ""]) {
    const response = await send("", { headers: { "If-None-Match": header } });
    expect(response.status).toBe(200);
  }
});

it("a changed environment has another tag", async () => {
  let version = document;
  const { send, flagsmith } = createOfrep({ token }, { respond: () => json(version) });
  const tag = await readTag(send);
  version = { ...document, updated_at: "2026-06-01T00:00:00+00:00", feature_states: [] };
  await flagsmith.updateEnvironment();
  const response = await send("", { headers: { "If-None-Match": tag } });
  expect(response.status).toBe(200);
  expect((await response.json()).flags).toEqual([]);
});

itOutsideOfDom("pages of allowed origins may send requests and read responses", async () => {
  const { send } = createOfrep({ token, allowedOrigins: [origin] });
  const preflight = await send("", {
    method: "OPTIONS",
    headers: { Origin: origin, "X-API-Key": "" },
  });
  expect(preflight.status).toBe(204);
  expect(Object.fromEntries(preflight.headers)).toMatchObject({
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "Authorization, Content-Type, If-None-Match, X-API-Key",
    vary: "Origin",
  });
  for (const [path, expected] of [
    ["", 200],
    ["/text", 200],
    ["/unknown", 404],
  ] as const) {
    const { headers, status } = await send(path, { headers: { Origin: origin } });
    expect(status).toBe(expected);
    expect(headers.get("Access-Control-Allow-Origin")).toBe(origin);
    expect(headers.get("Access-Control-Expose-Headers")).toBe("ETag");
  }
  const { headers } = await send("", { headers: { Origin: "https://evil.example" } });
  expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
  expect(headers.get("Vary")).toBe("Origin");
});

itOutsideOfDom("all origins are allowed with a star, and none by default", async () => {
  const headers = { Origin: origin };
  const everyone = await createOfrep({ public: true, allowedOrigins: "*" }).send("", { headers });
  expect(everyone.headers.get("Access-Control-Allow-Origin")).toBe("*");
  const none = await createOfrep().send("", { headers });
  expect(none.headers.get("Access-Control-Allow-Origin")).toBeNull();
});
