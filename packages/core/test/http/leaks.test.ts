import { inspect } from "node:util";
import { expect, it } from "vitest";
import {
  catchError,
  client,
  fakePlatform,
  json,
  localClient,
  type Responder,
  recordingLogger,
  redirect,
} from "../fake-platform.ts";

const key = "ser.kEy/with+odd_characters~1234567890";
const identifier = "jane.doe+test@example.com";
const trait = "4111 1111/1111-1111 ü";
const token = "t0ken/abcdefghijklmnopqrstuvwxyz";
const secrets = [key, identifier, trait, token];

const toBase64 = (text: string) => Buffer.from(text).toString("base64");

/** The ways in which a text can contain a secret, and what must not be left of it. */
const spellings: Record<string, (secret: string) => string> = {
  "as it is": (secret) => secret,
  "within words": (secret) => `x${secret}y`,
  "as JSON": (secret) => JSON.stringify({ secret }),
  "with another scheme": (secret) => `Token ${secret}`,
  "URL-encoded": (secret) => encodeURIComponent(secret),
  "URL-encoded in lower case": (secret) =>
    encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  "as a form": (secret) => new URLSearchParams({ secret }).toString(),
  "in base64": toBase64,
  "in base64url": (secret) => Buffer.from(secret).toString("base64url"),
  "in base64 with a prefix": (secret) => toBase64(`user:${secret}:x`),
  "cut at its end": (secret) => `${secret.slice(0, 14)}…`,
  "cut at its beginning": (secret) => `…${secret.slice(-14)}`,
};

/** The ways in which an error can contain a text. */
const containers: Record<string, (text: string) => unknown> = {
  "in its message": (text) => new Error(text),
  "in its cause": (text) => new TypeError("fetch failed", { cause: new Error(text) }),
  "in its name": (text) => Object.assign(new Error("failed"), { name: text }),
  "in its code": (text) => Object.assign(new Error("failed"), { code: text }),
  "in its stack": (text) => Object.assign(new Error("failed"), { stack: text }),
  "in a member": (text) => Object.assign(new Error("failed"), { options: { headers: text } }),
  "in its digest": (text) => Object.assign(new Error("failed"), { digest: text }),
  "in an aggregate": (text) => new AggregateError([new Error(text)], text),
  "as a thrown text": (text) => text,
  "in the reason of a response": (text) => json({ detail: text }, { status: 400 }),
};

/** Parts of a text of at least 10 characters that are parts of an encoded secret. */
function findLeaks(text: string, spelled: readonly string[]): string[] {
  return spelled.flatMap((each) =>
    Array.from({ length: Math.max(0, each.length - 9) }, (_, at) => each.slice(at, at + 10)).filter(
      (part) => text.includes(part),
    ),
  );
}

/** Everything that a program could print about an error, and the lines that were logged. */
async function fail(respond: Responder): Promise<string> {
  const logger = recordingLogger();
  const options = {
    environmentKey: key,
    customHeaders: { Authorization: `Bearer ${token}` },
    retries: 0,
    logger,
  };
  const traits = { card: trait, plan: { value: trait, transient: true } };
  const error = await catchError(
    client(fakePlatform(respond), options).getIdentityFlags(identifier, traits),
  );
  const defaultFlagHandler = () => ({ enabled: false });
  const withDefaults = client(fakePlatform(respond), { ...options, defaultFlagHandler });
  await withDefaults.getIdentityFlags(identifier, traits);
  const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
  return [shown, JSON.stringify(error), String(error), ...logger.lines].join("\n");
}

for (const [spelling, spell] of Object.entries(spellings)) {
  it.each(Object.keys(containers))(`hides secrets ${spelling}, %s`, async (container) => {
    const spelled = secrets.map(spell);
    const respond = () => {
      const given = containers[container]?.(`a ${spelled.join(" | ")} b`);
      if (given instanceof Response) return given;
      throw given;
    };
    // Only the secrets' own characters count, not what surrounds them in base64.
    const core =
      spelling === "in base64 with a prefix" ? spelled.map((s) => s.slice(8, -8)) : spelled;
    const parts =
      spelling === "as JSON" ? secrets : core.map((s) => s.replace(/^(Token |secret=)/, ""));
    expect(findLeaks(await fail(respond), parts)).toEqual([]);
  });
}

it("hides credentials and queries of a redirect and of its errors", async () => {
  const said = await fail(() =>
    redirect(`https://user:pass-w0rd@evil.example/login?key=${key}&next=hidden-query`),
  );
  expect(said).toContain("https://evil.example");
  for (const secret of ["pass-w0rd", "hidden-query", key]) expect(said).not.toContain(secret);
});

it.each(["/", "/with", "/abcdefg"])(
  "hides secrets that contain the target %s of a redirect",
  async (target) => {
    let requests = 0;
    const said = await fail(() => {
      if (++requests % 2 === 1) return redirect(target);
      throw new Error(`failed for ${secrets.join(" | ")}`);
    });
    expect(said).toContain("failed for [redacted] | [redacted] | [redacted] | [redacted]");
  },
);

it("a key of one letter does not garble messages", async () => {
  const platform = fakePlatform(() => {
    throw new Error('Cross-Origin Request Blocked by "k" and k');
  });
  const flagsmith = client(platform, { environmentKey: "k", retries: 0 });
  const error = await catchError(flagsmith.getEnvironmentFlags());
  expect(error.message).toContain("Cross-Origin Request Blocked by [redacted] and k");
});

it("hides secrets in what an offline handler throws", async () => {
  const logger = recordingLogger();
  const offlineHandler = {
    getEnvironment: () => {
      throw Object.assign(new Error(`no file for ${key}`), { headers: token });
    },
  };
  const platform = fakePlatform(() => {
    throw new Error("reset");
  });
  const flagsmith = localClient(platform, {
    environmentKey: key,
    customHeaders: { Authorization: `Bearer ${token}` },
    offlineMode: true,
    offlineHandler,
    logger,
  });
  const error = await catchError(flagsmith.ready());
  const said = [inspect(error, { depth: 9, showHidden: true }), ...logger.lines].join("\n");
  expect(said).toContain("no file for [redacted]");
  expect(said).not.toContain(key);
  expect(said).not.toContain(token);
});

it("escapes control characters in log lines", async () => {
  const logger = recordingLogger();
  const platform = fakePlatform(() => {
    throw new Error("reset\nFAKE LINE\u001b[31m\u2028next");
  });
  const options = { retries: 0, logger, defaultFlagHandler: () => ({ enabled: false }) };
  await client(platform, options).getEnvironmentFlags();
  expect(logger.warnings.join()).toContain("reset\\nFAKE LINE\\u001b[31m\\u2028next");
});
