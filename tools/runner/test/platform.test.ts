import { describe, expect, it } from "vitest";
import { canRunTools, describePlatform } from "../../platform.mjs";

describe("the platform", () => {
  it("has a packaged Node.js on Linux and x64, whatever is installed", () => {
    expect(describePlatform("linux", "x64", "20.0.0")).toEqual({ hasPackagedNode: true });
  });

  it.each([
    ["darwin", "arm64"],
    ["linux", "arm64"],
    ["win32", "x64"],
  ])("uses the installed Node.js on %s and %s, and says so", (platform, arch) => {
    const { problem, notice, ...rest } = describePlatform(platform, arch, "24.3.0");
    expect(rest).toEqual({ hasPackagedNode: false });
    expect(problem).toBeUndefined();
    expect(notice).toContain(`${platform} on ${arch}`);
    expect(notice).toContain("24.3.0");
  });

  it("refuses a Node.js that cannot run TypeScript, with the version it needs", () => {
    const { problem } = describePlatform("darwin", "arm64", "22.17.1");
    expect(problem).toContain("22.18 or newer");
    expect(problem).toContain("22.17.1");
  });

  it("refuses a Node.js that is too old to install with", () => {
    const { problem } = describePlatform("linux", "x64", "18.20.0");
    expect(problem).toContain("20 or newer");
  });

  it.each([
    ["22.17.9", false],
    ["22.18.0", true],
    ["23.0.0", true],
    ["26.1.0", true],
  ])("knows whether %s runs the tools", (version, canRun) => {
    expect(canRunTools(version)).toBe(canRun);
  });
});
