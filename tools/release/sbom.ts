// Writes the tarballs, an SBOM for each and the list of licences to the folder release: npm run sbom
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packInto } from "../contract/src/host/packed.ts";
import { createLicenseList } from "./src/licenses.ts";
import { listPublishedPackages, root, tarballName } from "./src/published-packages.ts";
import { createSbom } from "./src/sboms.ts";

const folder = join(root, "release");
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
await packInto(folder);
for (const published of listPublishedPackages()) {
  const file = tarballName(published.manifest);
  const tarball = await readFile(join(folder, `${file}.tgz`));
  await writeFile(join(folder, `${file}.cdx.json`), createSbom(published, tarball));
}
await writeFile(join(folder, "licenses.md"), await createLicenseList());
console.log(`Tarballs, SBOMs and licenses.md are in ${folder}`);
