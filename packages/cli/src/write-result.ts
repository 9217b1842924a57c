import { resolve } from "node:path";
import { CommandError } from "./exit-code.ts";
import type { Ports } from "./ports.ts";

/** Writes a file. @throws CommandError with the reason if that fails */
export async function writeResult(path: string, text: string, ports: Ports): Promise<void> {
  await ports.files.write(resolve(ports.cwd, path), text).catch((error: unknown) => {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new CommandError(`${path} cannot be written (${code}).`);
  });
}
