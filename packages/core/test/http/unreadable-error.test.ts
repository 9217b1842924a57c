import { inspect } from "node:util";
import { afterEach, expect, it } from "vitest";
import { apiUrl, catchError, client, environmentKey, fakePlatform } from "../fake-platform.ts";

function refuse(): never {
  throw new Error(`cannot be read with ${environmentKey}`);
}

const unreadable: Record<string, object> = {
  "a proxy": new Proxy(new Error("refused"), { get: refuse, has: refuse, getPrototypeOf: refuse }),
};
for (const member of ["message", "name", "cause", "code", "digest"]) {
  unreadable[`an error whose ${member} throws`] = Object.defineProperty(
    new Error("refused"),
    member,
    { get: refuse },
  );
}

it.each(Object.entries(unreadable))(
  "reports %s as API_UNREACHABLE, without the key",
  async (_, thrown) => {
    const platform = fakePlatform(() => Promise.reject(thrown));
    const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
    expect(error.code).toBe("API_UNREACHABLE");
    expect(error.message).toBe(`GET ${apiUrl}flags/ failed: an unreadable error.`);
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain(environmentKey);
  },
);

it("uses the default flags after an error that cannot be read", async () => {
  const platform = fakePlatform(() => Promise.reject(unreadable["a proxy"]));
  const flagsmith = client(platform, { retries: 0, defaultFlagHandler: () => ({ enabled: true }) });
  expect((await flagsmith.getEnvironmentFlags()).source).toBe("default");
});

const name = Object.getOwnPropertyDescriptor(Error.prototype, "name") as PropertyDescriptor;
afterEach(() => void Object.defineProperty(Error.prototype, "name", name));

it("reports the reason of an error in a process that has frozen the prototype", async () => {
  const platform = fakePlatform(() => Promise.reject(new Error("socket hang up")));
  Object.defineProperty(Error.prototype, "name", { ...name, writable: false });
  const error = await catchError(client(platform, { retries: 0 }).getEnvironmentFlags());
  expect(error.message).toBe(`GET ${apiUrl}flags/ failed: socket hang up.`);
});
