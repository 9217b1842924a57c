// Prints what an isolate has to load: each entry with everything it exports, bundled for workerd.
import { measureSizes } from "./contract/src/host/sizes.ts";

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

for (const { entry, bytes, gzipBytes, ceilingBytes } of await measureSizes()) {
  console.log(
    `${entry}: ${kilobytes(bytes)}, ${kilobytes(gzipBytes)} with gzip, at most ${kilobytes(ceilingBytes)}`,
  );
  if (gzipBytes > ceilingBytes) process.exitCode = 1;
}
