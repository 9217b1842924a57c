// Prints the size of each bundle and its ceiling. Exits with 1 if a bundle exceeds it.
import { measureBundles } from "./contract/src/host/sizes.ts";

const formatBytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

for (const { name, minifiedBytes, gzipBytes, ...ceiling } of await measureBundles()) {
  const sizes = `${formatBytes(minifiedBytes)}, ${formatBytes(gzipBytes)} with gzip`;
  console.log(`${name}: ${sizes} (ceiling: ${formatBytes(ceiling.maxBytes)} ${ceiling.measure})`);
  if (ceiling.isTooLarge) process.exitCode = 1;
}
