import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { expect, test } from "vitest";
import { isAllowed } from "../src/licenses.ts";
import { listPublishedPackages, type PublishedPackage } from "../src/published-packages.ts";
import { createSbom } from "../src/sboms.ts";
import { findSoftware, flatten } from "../src/software.ts";

const packages = listPublishedPackages();
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

test.each(packages)(
  "the SBOM of $folderName is valid, and the same each time",
  async (published) => {
    const text = createSbom(published);
    expect(await validator.validate(text)).toBeNull();
    expect(createSbom(published)).toBe(text);
  },
);

test("the SBOM has the digest of the tarball", () => {
  const { metadata } = JSON.parse(createSbom(find("core"), Buffer.from("bytes")));
  expect(metadata.component.hashes[0].content).toMatch(/^[0-9a-f]{128}$/);
});

test.each(["core", "node", "openfeature", "sdk"])(
  "the SBOM of %s lists bundled code with its version, licence and digest",
  (folderName) => {
    const { components } = JSON.parse(createSbom(find(folderName)));
    for (const name of ["ofetch", "valibot"]) {
      const component = components.find((one: { readonly name: string }) => one.name === name);
      expect(component).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
        licenses: [{ expression: "MIT" }],
        hashes: [{ alg: "SHA-512" }],
        properties: [{ name: "cdx:npm:package:bundled", value: "true" }],
      });
    }
  },
);

test("a package for users to install is optional, with its range", () => {
  const peers = flatten(findSoftware(find("openfeature"))).filter((one) => one.peerRange);
  expect(peers.map(({ manifest }) => manifest.name)).toContain("@openfeature/server-sdk");
});

test("a licence is allowed if one of its choices is", () => {
  expect(isAllowed("MIT", ["MIT"])).toBe(true);
  expect(isAllowed("(GPL-3.0-only OR MIT)", ["MIT"])).toBe(true);
  expect(isAllowed("GPL-3.0-only AND MIT", ["MIT"])).toBe(false);
  expect(isAllowed("Unknown", ["MIT"])).toBe(false);
});

function find(folderName: string): PublishedPackage {
  const found = packages.find((published) => published.folderName === folderName);
  if (found === undefined) throw new Error(`${folderName} is not published`);
  return found;
}
