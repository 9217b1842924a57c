import { expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { version } from "../src/version.ts";

it("sends the published version to the API", () => {
  expect(version).toBe(manifest.version);
});
