// Packs what is published, and checks that everyone can import, require and type it.
import { checkPackages } from "./contract/src/host/package-checks.ts";
import { pack } from "./contract/src/host/packed.ts";
import { checkTypes } from "./contract/src/host/type-checks.ts";

const { tarballs, consumer } = await pack();
const results = [...(await checkPackages(tarballs)), ...(await checkTypes(consumer))];
for (const { name, failure } of results) {
  console.log(failure === undefined ? `ok: ${name}` : `FAILED: ${name}\n${failure}`);
  if (failure !== undefined) process.exitCode = 1;
}
