import { afterEach, expect, it, vi } from "vitest";
import { Flagsmith, FlagsmithClientError } from "../src/in-browser.ts";

const options = { environmentKey: "your-environment-key" };

afterEach(() => vi.unstubAllGlobals());

it("the constructor refuses a page and names the official client", () => {
  for (const name of ["window", "document"]) vi.stubGlobal(name, {});
  for (const name of ["process", "navigator"]) vi.stubGlobal(name, undefined);
  const construct = () => new Flagsmith(options);
  expect(construct).toThrow(FlagsmithClientError);
  expect(construct).toThrow(expect.objectContaining({ code: "WRONG_RUNTIME" }));
  expect(construct).toThrow("@flagsmith/flagsmith");
});

it("the constructor refuses a React Native app and names the official client", () => {
  vi.stubGlobal("process", { env: {} });
  vi.stubGlobal("navigator", { product: "ReactNative" });
  const construct = () => new Flagsmith(options);
  expect(construct).toThrow(expect.objectContaining({ code: "WRONG_RUNTIME" }));
  expect(construct).toThrow("@flagsmith/react-native");
});

it("the constructor works outside of browsers", async () => {
  const flagsmith = new Flagsmith({
    ...options,
    offlineMode: true,
    defaultFlagHandler: () => ({ enabled: true, value: 1 }),
  });
  const flags = await flagsmith.getEnvironmentFlags();
  expect(flags.isFeatureEnabled("dark_mode")).toBe(true);
});
