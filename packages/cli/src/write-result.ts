import { resolve } from "node:path";
import { withErrorCode } from "./exit-code.ts";
import type { Ports } from "./ports.ts";

/** Writes a file. @throws CommandError with the reason if that fails */
export async function writeResult(path: string, text: string, ports: Ports): Promise<void> {
  const written = ports.files.write(resolve(ports.cwd, path), text);
  await withErrorCode(written, `${path} cannot be written`);
}
