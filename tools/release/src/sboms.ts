import { createHash } from "node:crypto";
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import type { Manifest, PublishedPackage } from "./published-packages.ts";
import { findSoftware, type Software } from "./software.ts";

/** Version of CycloneDX. */
const spec = Spec.Spec1dot6;

/**
 * Creates the software bill of materials of a package, in CycloneDX's JSON. It lists bundled code as well, which no
 * package manager reports. It contains no date and no random number, so that the same release has the same text.
 */
export function createSbom(published: PublishedPackage, tarball?: Uint8Array): string {
  const bom = new Models.Bom();
  const subject = toComponent(published.manifest, Enums.ComponentType.Library);
  if (tarball !== undefined) {
    const digest = createHash("sha512").update(tarball).digest("hex");
    subject.hashes.set(Enums.HashAlgorithm["SHA-512"], digest);
  }
  bom.metadata.component = subject;
  const components = new Map<string, Models.Component>();
  const add = (parent: Models.Component, software: Software): void => {
    const key = toPurl(software.manifest);
    const known = components.get(key);
    const component = known ?? describe(software);
    parent.dependencies.add(component.bomRef);
    if (known !== undefined) return;
    components.set(key, component);
    bom.components.add(component);
    for (const dependency of software.dependencies) add(component, dependency);
  };
  for (const software of findSoftware(published)) add(subject, software);
  const factory = new Serialize.JSON.Normalize.Factory(spec);
  const text = new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 });
  return `${text}\n`;
}

function describe({ manifest, integrity, isBundled, peerRange }: Software): Models.Component {
  const component = toComponent(manifest, Enums.ComponentType.Library);
  component.scope = Enums.ComponentScope.Required;
  if (integrity?.startsWith("sha512-")) {
    const digest = Buffer.from(integrity.slice("sha512-".length), "base64").toString("hex");
    component.hashes.set(Enums.HashAlgorithm["SHA-512"], digest);
  }
  // The name is in CycloneDX's register of properties.
  if (isBundled) component.properties.add(new Models.Property("cdx:npm:package:bundled", "true"));
  if (peerRange !== undefined) {
    component.scope = Enums.ComponentScope.Optional;
    component.properties.add(new Models.Property("peerRange", peerRange));
  }
  return component;
}

function toComponent(manifest: Manifest, type: Enums.ComponentType): Models.Component {
  const { name, version, license, description } = manifest;
  const [group, plainName] = name.startsWith("@") ? name.split("/") : [undefined, name];
  const purl = toPurl(manifest);
  return new Models.Component(type, plainName ?? name, {
    bomRef: purl,
    purl,
    version,
    description,
    ...(group !== undefined && { group }),
    licenses: new Models.LicenseRepository([new Models.LicenseExpression(license)]),
  });
}

/** Returns the package URL. */
function toPurl({ name, version }: Manifest): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}
