import { describe, expect, test } from "vitest";
import { CommandInput } from "../src/command.ts";
import type { Ports } from "../src/ports.ts";
import { readSettings, requireKey } from "../src/settings.ts";

const secret = "ser.Dq7xKp2Zt9LmVw4Rb8";

function read(
  world: {
    readonly files?: Readonly<Record<string, unknown>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly options?: Readonly<Record<string, string>>;
  } = {},
) {
  const files = new Map(Object.entries(world.files ?? {}));
  const ports = {
    env: world.env ?? {},
    cwd: "/home/ann/app/src",
    files: {
      exists: async (path: string) => [...files.keys()].some((file) => file.startsWith(path)),
      isFile: async (path: string) => files.has(path),
      read: async (path: string) => JSON.stringify(files.get(path)),
    },
  } as unknown as Ports;
  return readSettings(new CommandInput([], world.options ?? {}), ports);
}

describe("the URL of the API", () => {
  test("is that of the hosted service by default", async () => {
    const { apiUrl, apiUrlSource } = await read();
    expect([apiUrl, apiUrlSource]).toEqual(["https://edge.api.flagsmith.com/api/v1/", "default"]);
  });

  test.each([
    ["https://flags.test", "https://flags.test/api/v1/"],
    ["https://flags.test/", "https://flags.test/api/v1/"],
    ["https://flags.test/api/v1", "https://flags.test/api/v1/"],
    ["http://127.0.0.1:8000/flags/api/v1/", "http://127.0.0.1:8000/flags/api/v1/"],
    ["https://api.flagsmith.com", "https://edge.api.flagsmith.com/api/v1/"],
  ])("%s becomes %s", async (given, expected) => {
    const { apiUrl } = await read({ env: { FLAGSMITH_API_URL: given } });
    expect(apiUrl).toBe(expected);
  });

  test.each([
    "https://user:password@flags.test",
    "https://flags.test/api/v1/?token=a",
    "https://flags.test/api/v1/?",
    "https://flags.test/api/v1/#",
    "https://flags.test/a b/",
  ])("%s is refused", async (url) => {
    const reading = read({ env: { FLAGSMITH_API_URL: url } });
    await expect(reading).rejects.toMatchObject({
      exitCode: 2,
      message:
        "FLAGSMITH_API_URL must be a URL without spaces, user name, password, query or fragment.",
    });
  });

  test.each(["https://", "ftp://flags.test", "see https://flags.test"])(
    "%s is not one",
    async (url) => {
      await expect(read({ env: { FLAGSMITH_API_URL: url } })).rejects.toMatchObject({
        exitCode: 2,
        message: "FLAGSMITH_API_URL must be a URL that starts with https:// or http://.",
      });
    },
  );

  test("comes from the option, a variable or the file, in this order", async () => {
    const files = { "/home/ann/app/src/flagsmith.json": { apiUrl: "https://file.test" } };
    const env = { FLAGSMITH_API_URL: "https://variable.test" };
    const options = { "api-url": "https://option.test" };
    expect((await read({ files, env, options })).apiUrl).toBe("https://option.test/api/v1/");
    expect((await read({ files, env })).apiUrl).toBe("https://variable.test/api/v1/");
    expect((await read({ files })).apiUrl).toBe("https://file.test/api/v1/");
  });

  test("of Flagsmith's own command line wins, unless it is blank", async () => {
    const env = { FLAGSMITH_API_URL: " https://variable.test ", FLAGSMITH_SDK_API_URL: " " };
    expect((await read({ env })).apiUrl).toBe("https://variable.test/api/v1/");
    const both = { ...env, FLAGSMITH_SDK_API_URL: "https://sdk.test" };
    expect((await read({ env: both })).apiUrl).toBe("https://sdk.test/api/v1/");
    const file = { apiUrl: "https://other.test", sdkApiUrl: " https://sdk.test " };
    const files = { "/home/ann/app/src/flagsmith.json": file };
    expect((await read({ files })).apiUrl).toBe("https://sdk.test/api/v1/");
  });
});

describe("the environment key", () => {
  test("comes from a variable, or else from the file", async () => {
    const files = { "/home/ann/app/src/flagsmith.json": { environment: "client-key" } };
    const env = { FLAGSMITH_ENVIRONMENT_KEY: secret };
    expect((await read({ files, env })).environmentKey).toBe(secret);
    expect((await read({ files })).environmentKey).toBe("client-key");
  });

  test("has no spaces around it, and a blank variable is none", async () => {
    const files = { "/home/ann/app/src/flagsmith.json": { environment: "client-key" } };
    const env = { FLAGSMITH_ENVIRONMENT_KEY: ` ${secret}\n` };
    expect((await read({ files, env })).environmentKey).toBe(secret);
    const blank = { FLAGSMITH_ENVIRONMENT_KEY: " ", FLAGSMITH_ENVIRONMENT: "" };
    expect((await read({ files, env: blank })).environmentKey).toBe("client-key");
    const settings = await read({ env: blank });
    expect(() => requireKey(settings)).toThrow(/^There is no environment key\. Set FLAGSMITH_/);
  });

  test.each(["https://api.flagsmith.com", "https://edge.api.flagsmith.com/api/v1/"])(
    "may be a secret if a file names %s of the hosted service",
    async (apiUrl) => {
      const files = { "/home/ann/app/src/flagsmith.json": { apiUrl } };
      const env = { FLAGSMITH_ENVIRONMENT_KEY: secret };
      expect((await read({ files, env })).environmentKey).toBe(secret);
    },
  );

  test("of a host is preferred for this host", async () => {
    const env = {
      FLAGSMITH_ENVIRONMENT_KEY: "general",
      FLAGSMITH_ENVIRONMENT_KEY_flags__1_test_8000: "of the host",
      FLAGSMITH_API_URL: "https://flags-1.test:8000",
    };
    expect((await read({ env })).environmentKey).toBe("of the host");
  });

  test.each(["", " "])("is refused in the file if it is a secret, after %j", async (space) => {
    const files = { "/home/ann/app/src/flagsmith.json": { environment: space + secret } };
    const error = await read({ files }).catch((thrown: Error) => thrown.message);
    expect(error).toMatch(/contains a server-side key/);
    expect(error).not.toContain(secret);
  });

  test.each([
    ["FLAGSMITH_ENVIRONMENT_KEY", secret],
    ["FLAGSMITH_ENVIRONMENT_KEY", ` ${secret}`],
    ["FLAGSMITH_ENVIRONMENT", secret],
  ])("in %s is not sent to a host that only a file names, if it is a secret", async (name, key) => {
    const files = { "/home/ann/app/src/flagsmith.json": { apiUrl: "https://attacker.test" } };
    await expect(read({ files, env: { [name]: key } })).rejects.toThrow(
      new RegExp(`sends ${name} to attacker\\.test.*FLAGSMITH_ENVIRONMENT_KEY_attacker_test`),
    );
  });

  test("is sent to any host of a file if it is public, and to the host in its name", async () => {
    const files = { "/home/ann/app/src/flagsmith.json": { apiUrl: "https://flags.acme.test" } };
    for (const [name, key] of [
      ["FLAGSMITH_ENVIRONMENT_KEY", "client-key"],
      ["FLAGSMITH_ENVIRONMENT_KEY_flags_acme_test", secret],
    ] as const) {
      expect((await read({ files, env: { [name]: key } })).environmentKey).toBe(key);
    }
  });

  test.each([
    ["FLAGSMITH_ENVIRONMENT_KEY", "http://api.flagsmith.com"],
    ["FLAGSMITH_ENVIRONMENT", "http://edge.api.flagsmith.com/api/v1/"],
    ["FLAGSMITH_ENVIRONMENT_KEY_flags_test", "http://flags.test"],
  ])("in %s is not sent to %s of a file, without encryption", async (name, apiUrl) => {
    const files = { "/home/ann/app/src/flagsmith.json": { apiUrl } };
    const env = { [name]: secret };
    const advice = /without encryption: if that is right, set FLAGSMITH_API_URL to that API\.$/;
    await expect(read({ files, env })).rejects.toThrow(advice);
    const named = { ...env, FLAGSMITH_API_URL: apiUrl };
    expect((await read({ files, env: named })).environmentKey).toBe(secret);
  });

  test("of a host on this machine needs no encryption", async () => {
    const files = { "/home/ann/app/src/flagsmith.json": { apiUrl: "http://localhost:8000" } };
    const env = { FLAGSMITH_ENVIRONMENT_KEY_localhost_8000: secret };
    expect((await read({ files, env })).environmentKey).toBe(secret);
  });

  test.each(["flags_.acme.test", "flags..acme.test"])(
    "of the host flags-acme.test is not sent to %s",
    async (host) => {
      const files = { "/home/ann/app/src/flagsmith.json": { apiUrl: `https://${host}` } };
      const env = { FLAGSMITH_ENVIRONMENT_KEY_flags__acme_test: secret };
      await expect(read({ files, env })).rejects.toThrow(
        `to ${host}: if that is right, set FLAGSMITH_API_URL to that API.`,
      );
    },
  );
});

describe("flagsmith.json", () => {
  const inParent = { "/home/ann/app/flagsmith.json": { apiUrl: "https://parent.test" } };

  test("is found in a parent folder of the same repository", async () => {
    const files = { ...inParent, "/home/ann/app/.git/HEAD": "" };
    expect((await read({ files })).apiUrl).toBe("https://parent.test/api/v1/");
  });

  test("is not searched in parent folders outside of a repository", async () => {
    expect((await read({ files: inParent })).apiUrlSource).toBe("default");
  });

  test("may be another file", async () => {
    const files = { "/etc/flagsmith.json": { apiUrl: "https://other.test" } };
    for (const world of [
      { files, options: { config: "/etc/flagsmith.json" } },
      { files, env: { FLAGSMITH_CONFIG_PATH: "/etc/flagsmith.json" } },
    ]) {
      expect((await read(world)).apiUrl).toBe("https://other.test/api/v1/");
    }
  });

  test.each(["text", null])("must be a JSON object, not %j", async (content) => {
    const files = { "/home/ann/app/src/flagsmith.json": content };
    await expect(read({ files })).rejects.toThrow(/is not a JSON object/);
  });
});

test.each(["a key", "schlüssel", "a\nkey"])(
  "the key %j is refused before a request",
  async (key) => {
    const settings = await read({ env: { FLAGSMITH_ENVIRONMENT_KEY: key } });
    expect(() => requireKey(settings)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: "FLAGSMITH_ENVIRONMENT_KEY has characters that no key has.",
      }),
    );
  },
);
