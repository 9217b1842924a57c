// Packs what is published, and checks that everyone can import, require and type it.
import { checkPackages } from "./contract/src/host/package-checks.ts";
import { pack } from "./contract/src/host/packed.ts";

const { tarballs } = await pack();
for (const { name, failure } of await checkPackages(tarballs)) {
  console.log(failure === undefined ? `ok: ${name}` : `FAILED: ${name}\n${failure}`);
  if (failure !== undefined) process.exitCode = 1;
}
