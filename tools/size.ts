// Prints the size of each bundle that an isolate loads, and its ceiling. Exits with 1 if a bundle exceeds it.
import { measureBundles } from "./contract/src/host/sizes.ts";

const formatBytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

for (const { entry, bytes, gzipBytes, maxBytes } of await measureBundles()) {
  const sizes = `${formatBytes(bytes)}, ${formatBytes(gzipBytes)} with gzip`;
  console.log(`${entry}: ${sizes} (ceiling: ${formatBytes(maxBytes)})`);
  if (gzipBytes > maxBytes) process.exitCode = 1;
}
