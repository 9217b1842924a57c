import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { ContractResult } from "../contract.ts";
import { type PackedPackage, packInto } from "./packed.ts";

/** Checks that packing the same files again gives the same tarballs, so that anybody can verify a published one. */
export async function checkPackedAgain(
  packages: readonly PackedPackage[],
): Promise<ContractResult[]> {
  const folder = await mkdtemp(join(tmpdir(), "packed-again-"));
  try {
    await packInto(folder);
    return await Promise.all(
      packages.map(async ({ tarball }): Promise<ContractResult> => {
        const file = basename(tarball);
        const name = `${file} is the same when it is packed again`;
        const [first, second] = await Promise.all(
          [tarball, join(folder, file)].map((path) => readFile(path)),
        );
        return first?.equals(second ?? Buffer.of()) ? { name } : { name, failure: "bytes differ" };
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
