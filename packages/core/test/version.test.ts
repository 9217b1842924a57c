import { expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import { version } from "../src/version.ts";

it("tells the API the version that is published", () => {
  expect(version).toBe(manifest.version);
});
